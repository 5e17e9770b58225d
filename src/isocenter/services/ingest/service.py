"""The one way in: C-STORE, STOW-RS, folders and the command line all keep objects through this."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

from isocenter.errors import BusyError, IsocenterError, ReadOnly, StorageError
from isocenter.faults import faultpoint
from isocenter.services.ingest.budget import ByteBudget
from isocenter.services.ingest.in_place import InPlace
from isocenter.services.ingest.incoming import Announced, Incoming, IngestLimits
from isocenter.services.record import Arrived, Outcome, Recorder, Source
from isocenter.services.record.whole_object import WholeObject
from isocenter.storage import PackWriter

__all__ = ["Ingest"]

Done = Callable[[Outcome | IsocenterError], None]


class Ingest:
    """Takes objects in.

        incoming = ingest.begin(source, transfer_syntax_uid, announced)
        incoming.write(chunk) ...
        ingest.keep(incoming, lane, done)

    ``done`` hears an Outcome, which means durable, or the error that says why nothing was kept. It is called once,
    from another thread.
    """

    def __init__(
        self,
        *,
        recorder: Recorder,
        storage: PackWriter,
        limits: IngestLimits,
        budget: ByteBudget,
        pool: Executor,
        clock: Callable[[], float],
    ) -> None:
        self._recorder = recorder
        self._storage = storage
        self._limits = limits
        self._budget = budget
        self._pool = pool
        self._clock = clock

    @property
    def buffered_bytes(self) -> int:
        """Received bytes held in memory at the moment, of all that is on its way in."""
        return self._budget.used

    def join_lane(self) -> int:
        """Choose the lane that an association or a request keeps while it lasts."""
        return self._recorder.join_lane()

    def leave_lane(self, lane: int) -> None:
        """Give the lane back."""
        self._recorder.leave_lane(lane)

    def begin(
        self,
        source: Source,
        transfer_syntax_uid: str,
        announced: Announced | None = None,
        original_head: bytes = b"",
    ) -> Incoming:
        """Admit one object. Raises ReadOnly while nothing can be kept."""
        faultpoint("K0")
        self._admit()
        return Incoming(
            source=source,
            transfer_syntax_uid=transfer_syntax_uid,
            announced=announced,
            limits=self._limits,
            budget=self._budget,
            storage=self._storage,
            pool=self._pool,
            original_head=original_head,
        )

    def keep(self, incoming: Incoming, lane: int, done: Done) -> None:
        """Keep an object whose last byte was written. Raises at once what `Incoming.finish` finds wrong with it."""
        whole = incoming.finish()
        entry = Arrived(whole, done)
        if incoming.spilled:
            whole.body.when_drained(lambda: self._submit(entry, lane))
        else:
            self._recorder.receive(entry, lane)

    def begin_in_place(self, source: Source, transfer_syntax_uid: str, path: Path, head: bytes) -> InPlace:
        """Admit one file that stays where it is; ``head`` is what lies before its data set. Raises ReadOnly."""
        self._admit()
        return InPlace(
            path=path, head=head, source=source, transfer_syntax_uid=transfer_syntax_uid, limits=self._limits
        )

    def keep_in_place(self, in_place: InPlace, lane: int, done: Done) -> None:
        """Keep the place of a file whose last byte was read. Raises at once what is wrong with the object."""
        whole, placement = in_place.finish()
        self._recorder.receive(Arrived(whole, done, placement), lane)

    def _admit(self) -> None:
        if self._storage.read_only:
            raise ReadOnly("Nothing is accepted at the moment: the disk failed repeatedly. Try again later.")

    def _submit(self, entry: Arrived, lane: int) -> None:
        try:
            self._pool.submit(self._place, entry, lane)
        except RuntimeError:
            entry.answer(BusyError("The program is ending; send the object again later."))

    def _place(self, entry: Arrived, lane: int) -> None:
        """Make a spilled object's bytes durable, away from the lane that others wait for."""
        whole: WholeObject = entry.whole
        try:
            entry.placement = whole.body.finish(whole.member_name, self._clock())
        except StorageError as error:
            whole.body.release()
            entry.answer(error)
            return
        entry.own_pack = True
        self._recorder.receive(entry, lane)
