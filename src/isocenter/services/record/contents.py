"""What the packs hold of each object, for an index that is made again: whole, damaged, or only known by name."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from isocenter.errors import IsocenterError
from isocenter.index.extract import Extractor, level_values, patient_digest
from isocenter.index.read import ContentIdentity
from isocenter.index.record import Arrival, Attributes, InstanceValues
from isocenter.services.record.arrivals import make_arrival
from isocenter.services.record.journal import ReceivedObject
from isocenter.services.record.source import Source
from isocenter.services.record.stored import content_id_of, examine
from isocenter.services.record.whole_object import WholeObject
from isocenter.storage import Location, MemberKind, PackStore, Placement, ScannedMember

__all__ = ["PackContents"]

log = logging.getLogger(__name__)

_NOTHING = Attributes(level_values({}, patient=patient_digest({})), level_values({}), InstanceValues())


class PackContents:
    """Finds the bytes of an object that an event names.

    ``identities`` says which objects those are whose bytes may be gone or unreadable.
    """

    def __init__(
        self, storage: PackStore, members: Sequence[ScannedMember], identities: Mapping[bytes, ContentIdentity]
    ) -> None:
        self._storage = storage
        self._identities = identities
        self._extractor = Extractor()
        self._copies: dict[bytes, list[ScannedMember]] = {}
        self._erased: dict[bytes, ScannedMember] = {}
        self._unnamed: dict[bytes, None] = {}
        self.salvaged: dict[bytes, None] = {}
        """Contents whose bytes are not what was acknowledged, and were read all the same."""
        for member in members:
            if member.kind is MemberKind.OBJECT:
                self._copies.setdefault(member.content_id, []).append(member)
                self._unnamed[member.content_id] = None
            elif member.kind is MemberKind.DELETED:
                self._erased[member.content_id] = member

    def name(self, content_id: bytes) -> None:
        """Note that an event names a content."""
        self._unnamed.pop(content_id, None)

    def unnamed(self) -> Iterator[bytes]:
        """Give the contents that no event names."""
        return iter(list(self._unnamed))

    def arrival(self, received: ReceivedObject) -> Arrival | None:
        """Make the arrival of an object that an event names; None when nothing is known of it any more."""
        placements = [received.adopted] if received.adopted else self._whole(received.content_id)
        for placement in placements:
            whole = self._examined(placement, received)
            if whole is not None:
                return make_arrival(self._extractor, whole, placement)
        return self._salvaged(received) or self._described(received)

    def orphan(self, content_id: bytes, source: Source) -> Arrival | None:
        """Make the arrival of an object that no event names; None when it is not whole."""
        for placement in self._whole(content_id):
            return make_arrival(self._extractor, examine(self._storage, placement, content_id, source), placement)
        return None

    def _whole(self, content_id: bytes) -> Iterator[Placement]:
        """Give the whole copies, the last first: it healed the ones before."""
        for member in reversed(self._copies.get(content_id, ())):
            placement = self._storage.place(member, content_id_of)
            if placement is not None:
                yield placement

    def _examined(self, placement: Placement, received: ReceivedObject) -> WholeObject | None:
        try:
            return examine(self._storage, placement, received.content_id, received.source)
        except IsocenterError as error:
            log.warning("Object %s: %s", received.content_id.hex(), error)
            return None

    def _salvaged(self, received: ReceivedObject) -> Arrival | None:
        """Read a damaged object for what the index holds of it; its bytes will not be served."""
        for member in reversed(self._copies.get(received.content_id, ())):
            placement = self._storage.salvage(member)
            whole = self._examined(placement, received)
            if whole is not None and self._is_itself(whole):
                self.salvaged[received.content_id] = None
                return make_arrival(self._extractor, whole, replace(placement, checks=b""))
        return None

    def _is_itself(self, whole: WholeObject) -> bool:
        """Whether damage left the identity alone: it is the one that is known, or at least the file meta agrees."""
        identity, known = whole.identity, self._identities.get(whole.content_id)
        uids = (identity.sop_instance_uid, identity.sop_class_uid)
        if known is None:
            return all(uid.encode() in whole.head for uid in uids) and bool(identity.series_instance_uid)
        places = (identity.series_instance_uid, identity.study_instance_uid)
        return (*uids, *places) == (
            known.sop_instance_uid,
            known.sop_class_uid,
            known.series_instance_uid,
            known.study_instance_uid,
        )

    def _described(self, received: ReceivedObject) -> Arrival | None:
        """Make the arrival of an object whose bytes are gone: which object it was is all that is known."""
        known = self._identities.get(received.content_id)
        member = self._erased.get(received.content_id) or next(iter(self._copies.get(received.content_id, ())), None)
        location = received.adopted.location if received.adopted else member.location if member else None
        if known is None:
            return None
        return Arrival(
            sop_instance_uid=known.sop_instance_uid,
            sop_class_uid=known.sop_class_uid,
            series_instance_uid=known.series_instance_uid,
            study_instance_uid=known.study_instance_uid,
            content_id=received.content_id,
            transfer_syntax_uid=known.transfer_syntax_uid,
            location=location or Location("pack", NOWHERE, 0, 0),
            checks=b"",
            data_set_offset=0,
            data_set_length=0,
            header_length=0,
            frames=b"",
            attributes=_NOTHING,
            source=received.source.name,
        )


NOWHERE = "000000000000"
"""The pack of an object whose place is gone too, after a compaction; packs are numbered from 1."""
