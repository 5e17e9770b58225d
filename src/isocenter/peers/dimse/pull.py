"""Pulling from a peer: C-GET over one association where the peer offers it, else C-MOVE to a listener of ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from isocenter.dicom import transfer_syntax as syntaxes
from isocenter.dicom.dataset import DataSet
from isocenter.dicom.sop_class import STUDY_ROOT_FIND, STUDY_ROOT_GET, STUDY_ROOT_MOVE
from isocenter.dicom.tags import (
    QUERY_RETRIEVE_LEVEL,
    SERIES_INSTANCE_UID,
    SOP_CLASS_UID,
    SOP_CLASSES_IN_STUDY,
    SOP_INSTANCE_UID,
    STUDY_INSTANCE_UID,
)
from isocenter.errors import AssociationError, BusyError, IsocenterError, NotSupported, PeerError, PeerRefused
from isocenter.peers.dimse.listener import ListenAddress, listening
from isocenter.peers.dimse.receiver import ReceivedFile, ReceivingFolder, StorePerformer
from isocenter.peers.dimse.user import PeerAddress, UserAssociation, UserOptions, associate
from isocenter.protocol.dimse import Category, Service, category, meaning
from isocenter.protocol.dimse.messages import RetrieveResponse
from isocenter.protocol.dimse.negotiation import MAX_CONTEXTS, Proposal

__all__ = ["QUERY_SYNTAXES", "Pulled", "Wanted", "pull", "storage_contexts"]

QUERY_SYNTAXES = (syntaxes.EXPLICIT_VR_LITTLE_ENDIAN, syntaxes.IMPLICIT_VR_LITTLE_ENDIAN)
"""For identifiers of queries and retrievals."""
_NATIVE = (
    syntaxes.EXPLICIT_VR_LITTLE_ENDIAN,
    syntaxes.IMPLICIT_VR_LITTLE_ENDIAN,
    syntaxes.EXPLICIT_VR_BIG_ENDIAN,
)
_COMPRESSED = (
    "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.203", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.202",
    "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.103", "1.2.840.10008.1.2.4.100",
    "1.2.840.10008.1.2.4.101", "1.2.840.10008.1.2.4.107", "1.2.840.10008.1.2.4.108", "1.2.840.10008.1.2.4.110",
    "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.112", "1.2.840.10008.1.2.1.98",
)  # fmt: skip
"""In the order in which archives are likely to hold them; each asks for a context of its own, to come as it is."""

_COMMON = (
    "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.1",
    "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.1.2", "1.2.840.10008.5.1.4.1.1.6.1",
    "1.2.840.10008.5.1.4.1.1.3.1", "1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.128",
    "1.2.840.10008.5.1.4.1.1.20", "1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.12.2",
    "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.130",
    "1.2.840.10008.5.1.4.1.1.13.1.3", "1.2.840.10008.5.1.4.1.1.88.11", "1.2.840.10008.5.1.4.1.1.88.22",
    "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.5.1.4.1.1.88.67",
    "1.2.840.10008.5.1.4.1.1.11.1", "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.1",
    "1.2.840.10008.5.1.4.1.1.481.1", "1.2.840.10008.5.1.4.1.1.481.2", "1.2.840.10008.5.1.4.1.1.481.3",
    "1.2.840.10008.5.1.4.1.1.481.5", "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.77.1.4",
)  # fmt: skip
"""SOP classes that most archives are full of, for a peer that does not tell what a study holds."""
MAX_SERIES_ASKED = 64
"""Series that are asked about before a C-GET."""

_LEVEL_KEYS = {"STUDY": STUDY_INSTANCE_UID, "SERIES": SERIES_INSTANCE_UID, "IMAGE": SOP_INSTANCE_UID}

Progress = Callable[[int, int], None]
"""Hears instances received, and those that are still to come as far as the peer says."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to pull: a study, a series or an instance; the UIDs above it where they are known (PS3.4 C.4.2.2.1)."""

    study_instance_uid: str = ""
    series_instance_uid: str = ""
    sop_instance_uid: str = ""

    @property
    def level(self) -> str:
        """The Query/Retrieve Level: that of the lowest UID that is given."""
        return "IMAGE" if self.sop_instance_uid else "SERIES" if self.series_instance_uid else "STUDY"

    def identifier(self) -> DataSet:
        """Write the identifier of the retrieval."""
        made = DataSet()
        made.set(QUERY_RETRIEVE_LEVEL, "CS", self.level)
        for tag, uid in zip(
            _LEVEL_KEYS.values(),
            (self.study_instance_uid, self.series_instance_uid, self.sop_instance_uid),
            strict=True,
        ):
            if uid:
                made.set(tag, "UI", uid)
        return made


@dataclass(frozen=True, slots=True)
class Pulled:
    """What came."""

    files: tuple[ReceivedFile, ...]
    verb: str
    """C-GET or C-MOVE."""
    failed: int
    """Instances that the peer could not send."""
    note: str = ""
    """Why C-GET was not enough, when C-MOVE was tried."""


async def pull(
    peer: PeerAddress,
    wanted: Wanted,
    folder: ReceivingFolder,
    listen: ListenAddress,
    options: UserOptions | None = None,
    progress: Progress | None = None,
) -> Pulled:
    """Fetch into a folder. What the peer holds compressed comes compressed, where it lets us ask for that.

    Raises PeerRefused when neither verb brings anything, PeerUnreachable, AssociationError, BusyError when C-MOVE is
    needed and the port to listen on is taken, StorageError when the folder cannot be written.
    """
    options = options or UserOptions()
    steps = _Steps(peer, wanted, folder, options, progress)
    failed = 0
    try:
        failed = await steps.get()
        if not failed:
            return steps.result("C-GET", 0)
        note = f"C-GET left out {failed}."
    except (NotSupported, PeerRefused, AssociationError) as error:
        note = str(error)
    steps.check()
    try:
        return steps.result("C-MOVE", await steps.move(listen), note)
    except (NotSupported, PeerError, BusyError) as error:
        if failed and folder.files:
            return steps.result("C-GET", failed, f"C-MOVE could not bring the rest: {error}")
        raise _both(error, note) from None


def storage_contexts(sop_class_uids: Sequence[str]) -> list[Proposal]:
    """Contexts in which instances of these classes may come back: uncompressed first, then as many others as fit."""
    groups = [_NATIVE, *((uid,) for uid in _COMPRESSED)]
    proposals = [
        Proposal(uid, group, requestor_is_scu=False, requestor_is_scp=True)
        for group in groups
        for uid in sop_class_uids
    ]
    return proposals[: MAX_CONTEXTS - 2]


class _Steps:
    """One pull."""

    def __init__(
        self,
        peer: PeerAddress,
        wanted: Wanted,
        folder: ReceivingFolder,
        options: UserOptions,
        progress: Progress | None,
    ) -> None:
        self._peer = peer
        self._wanted = wanted
        self._folder = folder
        self._options = options
        self._progress = progress

    def result(self, verb: str, failed: int, note: str = "") -> Pulled:
        return Pulled(tuple(self._folder.files), verb, failed, note)

    def check(self) -> None:
        """Raise what kept us from writing."""
        if self._folder.error is not None:
            raise self._folder.error

    async def get(self) -> int:
        """Fetch by C-GET; gives how many instances failed."""
        classes = await self._classes() or _COMMON
        proposals = [Proposal(STUDY_ROOT_GET, QUERY_SYNTAXES), *storage_contexts(classes)]
        performer = StorePerformer(self._folder)
        async with associate(self._peer, proposals, self._options, performer) as association:
            return await self._follow(association, STUDY_ROOT_GET, None)

    async def move(self, listen: ListenAddress) -> int:
        """Fetch by C-MOVE to ourselves; gives how many instances failed."""
        async with listening(listen, self._peer.ae_title, self._folder, self._options.limits):
            proposals = [Proposal(STUDY_ROOT_MOVE, QUERY_SYNTAXES)]
            async with associate(self._peer, proposals, self._options) as association:
                return await self._follow(association, STUDY_ROOT_MOVE, listen.ae_title)

    async def _follow(self, association: UserAssociation, sop_class_uid: str, destination: str | None) -> int:
        identifier = self._wanted.identifier()
        if destination is None:
            responses = association.get(sop_class_uid, identifier)
        else:
            responses = association.move(sop_class_uid, destination, identifier)
        last: RetrieveResponse | None = None
        async for last in responses:
            if self._progress is not None:
                self._progress(len(self._folder.files), last.number_of_remaining_suboperations or 0)
            self.check()
        if last is None:
            raise AssociationError("The peer gave no answer.")
        failed = last.number_of_failed_suboperations or 0
        if category(last.status) is Category.FAILURE:
            service = Service.GET if destination is None else Service.MOVE
            text = f"The peer answered {last.status:04X} ({meaning(last.status, service)})"
            comment = f": {last.error_comment}" if last.error_comment else "."
            raise PeerRefused(text + comment, status=last.status)
        return failed

    async def _classes(self) -> list[str]:
        """Ask which SOP classes the study holds, so that the contexts can be used well; empty when nobody says."""
        study = self._wanted.study_instance_uid
        if not study:
            return []
        found: set[str] = set()
        try:
            async with associate(self._peer, [Proposal(STUDY_ROOT_FIND, QUERY_SYNTAXES)], self._options) as association:
                for answer in await _find(association, "STUDY", study, (), SOP_CLASSES_IN_STUDY):
                    found.update(uid for uid in answer.texts(SOP_CLASSES_IN_STUDY) if uid)
                if not found:
                    found = await _classes_by_series(association, study)
        except (NotSupported, PeerError):
            return []
        return sorted(found)


async def _classes_by_series(association: UserAssociation, study: str) -> set[str]:
    """Ask for the SOP class of one instance of each series: few series hold more than one class."""
    found: set[str] = set()
    listed = await _find(association, "SERIES", study, (), SERIES_INSTANCE_UID)
    for series in listed[:MAX_SERIES_ASKED]:
        uid = series.uid(SERIES_INSTANCE_UID)
        for answer in await _find(association, "IMAGE", study, (uid,), SOP_CLASS_UID, enough=1):
            found.add(answer.uid(SOP_CLASS_UID))
    return found - {""}


async def _find(
    association: UserAssociation, level: str, study: str, series: tuple[str, ...], asked_for: int, enough: int = 1000
) -> list[DataSet]:
    """Query a study for one attribute; stops, and says so to the peer, when there are enough answers."""
    asked = DataSet()
    asked.set(QUERY_RETRIEVE_LEVEL, "CS", level)
    asked.set(STUDY_INSTANCE_UID, "UI", study)
    asked.set(asked_for, "UI", "")
    if series:
        asked.set(SERIES_INSTANCE_UID, "UI", series[0])
    answers: list[DataSet] = []
    async with aclosing(association.find(STUDY_ROOT_FIND, asked)) as found:
        async for answer in found:
            answers.append(answer)
            if len(answers) == enough:
                break
    return answers


def _both(error: IsocenterError, note: str) -> IsocenterError:
    if isinstance(error, PeerRefused):
        return PeerRefused(f"C-MOVE: {error} C-GET: {note}", status=error.status)
    return type(error)(f"C-MOVE: {error} C-GET: {note}")
