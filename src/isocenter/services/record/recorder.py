"""Makes what happens durable: bytes and their journal event into a pack, then rows into the index, then the answer.

One thread per lane. It takes whatever arrived while the last group was made durable, asks the judge about each object,
appends bytes and event, syncs once, and has the index commit the rows. Answers are given only after that commit: the
ingest contract (PS3.4 B.2.3: success means stored). The next group waits for it too: senders that are answered together
send together, so groups stay as large as there are senders (docs/decisions/0012-one-commit-at-a-time.md).
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson

from isocenter.errors import BusyError, IsocenterError, StorageError, SystemFault
from isocenter.faults import faultpoint
from isocenter.index.record import Arrival, JournalEvent, ReceiptUnit
from isocenter.index.write.units import Unit
from isocenter.services.record.claims import Claims
from isocenter.services.record.entries import Arrived, Happening, Outcome, RecordIndex, Verdict
from isocenter.services.record.gate import Gate
from isocenter.services.record.journal import VOIDED, event_member, received_body, voided_body
from isocenter.services.record.judge import Judge
from isocenter.services.record.lane import Entry, LaneQueue, split
from isocenter.services.record.replay import unit_of
from isocenter.services.record.source import Source
from isocenter.storage import Lane, NewMember, PackStore, Placement

__all__ = ["Recorder", "RecorderOptions"]

log = logging.getLogger(__name__)

ArrivalMaker = Callable[[Arrived, Placement], Arrival]
UnitMaker = Callable[[JournalEvent], Unit]


RECORD = Source(door="record", name="record")
"""Who records that an event did not happen."""


@dataclass(frozen=True, slots=True)
class RecorderOptions:
    """Bounds of the recorder."""

    lanes: int = 2
    group_entries: int = 512
    """Objects in one commit group: more gains nothing and makes the first wait for the last."""
    group_bytes: int = 64 * 1024 * 1024
    """Bytes in one commit group."""
    idle_seconds: float = 30.0
    """How often an idle lane looks whether its pack is due to be sealed."""


class Recorder:
    """Keeps objects and events. `receive` and `record` return at once; the outcome is called back from a thread."""

    def __init__(
        self,
        *,
        storage: PackStore,
        index: RecordIndex,
        judge: Judge,
        arrival: ArrivalMaker,
        clock: Callable[[], float],
        first_sequence: int,
        options: RecorderOptions | None = None,
    ) -> None:
        self._storage = storage
        self._index = index
        self._judge = judge
        self._arrival = arrival
        self._clock = clock
        self._sequences = itertools.count(first_sequence)
        self._options = options or RecorderOptions()
        self._claims = Claims()
        self._gate = Gate()
        self._last_group_at = 0.0
        self._queues = [
            LaneQueue(self._options.group_entries, self._options.group_bytes) for _ in range(self._options.lanes)
        ]
        self._users = [0] * self._options.lanes
        self._users_lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(queue,), name=f"lane-{number}", daemon=True)
            for number, queue in enumerate(self._queues)
        ]
        for thread in self._threads:
            thread.start()

    # What callers do.

    def happen(self, kind: str, source: Source, reason: str, body: Mapping[str, Any], unit: UnitMaker) -> Any:
        """Record an event and wait for it; gives what the unit gives, raises what kept it from happening.

        Any: a body is JSON, and each unit has a result of its own.
        """
        answer: Future[Any] = Future()
        self.record(Happening(kind, source, reason, body, unit, answer.set_result))
        result = answer.result()
        if isinstance(result, IsocenterError):
            raise result
        return result

    def join_lane(self) -> int:
        """Choose the least used lane for an association or a request; give it back with `leave_lane`."""
        with self._users_lock:
            lane = self._users.index(min(self._users))
            self._users[lane] += 1
            return lane

    def leave_lane(self, lane: int) -> None:
        """Give back what `join_lane` gave."""
        with self._users_lock:
            self._users[lane] -= 1

    def receive(self, entry: Arrived, lane: int = 0) -> None:
        """Record an object; its ``done`` hears an Outcome, or the error that kept it from being stored."""
        if not self._queues[lane].put(entry):
            self._unplace(entry)
            entry.answer(BusyError("The program is ending; send the object again later."))

    def record(self, happening: Happening, lane: int = 0) -> None:
        """Record an event about objects that are here."""
        if not self._queues[lane].put(happening):
            happening.answer(BusyError("The program is ending; nothing was changed."))

    def busy(self) -> bool:
        """Whether objects are being recorded, or were within the last second."""
        return any(self._queues) or self._clock() - self._last_group_at < 1.0

    def close(self) -> None:
        """Record what is queued, seal the open packs, and end. Nothing may be given to the recorder meanwhile."""
        for queue in self._queues:
            queue.close()
        for thread in self._threads:
            thread.join()

    # What a lane does.

    def _run(self, queue: LaneQueue) -> None:
        lane = self._storage.open_lane()
        while (group := queue.take(self._options.idle_seconds)) is not None:
            try:
                if group:
                    self._last_group_at = self._clock()
                    _settle(self._commit(lane, group))
                if lane.is_due(self._clock()):
                    lane.seal()
            except Exception as error:
                if isinstance(error, IsocenterError):
                    log.error("A commit group of %d was not kept: %s", len(group), error)
                else:
                    log.exception("A commit group of %d failed.", len(group))
                _seal(lane.seal_full)  # what a failed write left behind is cut off for good
        _seal(lane.seal)

    def _commit(self, lane: Lane, group: Sequence[Entry]) -> Future[Any] | None:
        """Make a group durable; returns the index commit under way, if there is anything to commit."""
        arrived, happened = split(group)
        if happened:
            self._gate.enter_alone()
        else:
            self._gate.enter()
        future: Future[Any] | None = None
        try:
            future = self._happened(lane, happened) if happened else self._arrived(lane, arrived)
        except Exception as error:
            self._finish(happened, _as_ours(error))
            raise
        finally:
            if future is None:
                self._gate.leave()
        if future is not None:
            future.add_done_callback(lambda _: self._gate.leave())
        return future

    def _happened(self, lane: Lane, happened: Sequence[Happening]) -> Future[Any]:
        """Record events, each with its own outcome."""
        events = [(entry, self._event(entry)) for entry in happened]
        placements = lane.append([event_member(event) for _, event in events], self._clock())
        lane.sync()
        futures = [
            self._submit_event(entry, _located(event, placed))
            for (entry, event), placed in zip(events, placements, strict=True)
        ]
        return futures[-1]

    def _arrived(self, lane: Lane, arrived: Sequence[Arrived]) -> Future[Any] | None:
        """Record objects, all together; None when nothing of them is to be kept."""
        claimed = self._claims.claim(arrived)
        judged: list[tuple[Arrived, Verdict]] = []
        try:
            judged = self._judged(claimed)
            if not judged:
                return None
            event = self._receipt(judged)
            members = [_member(entry) for entry, _ in judged if entry.placement is None]
            placements = lane.append([*members, event_member(event)], self._clock())
            lane.sync()
        except Exception as error:
            self._not_kept([entry for entry in claimed if not entry.answered], _as_ours(error))
            raise
        return self._submit_receipt(event, judged, placements)

    def _judged(self, claimed: Sequence[Arrived]) -> list[tuple[Arrived, Verdict]]:
        """Decide about each object; those that are refused or already here are answered and left out."""
        kept: list[tuple[Arrived, Verdict]] = []
        for entry, verdict in zip(claimed, self._judge.decide(claimed), strict=True):
            if verdict.refused is not None:
                self._unplace(entry)
                self._finish([entry], verdict.refused)
            elif not verdict.keeps:
                self._unplace(entry)
                self._finish([entry], Outcome(verdict.result, entry.whole.identity.sop_instance_uid))
            else:
                kept.append((entry, verdict))
        return kept

    def _unplace(self, entry: Arrived) -> None:
        """Erase a spilled object that is not to be kept, so that recovery does not bring it back."""
        if entry.placement is None or entry.placement.location.kind != "pack":
            return
        try:
            self._storage.punch(entry.placement.location, entry.whole.member_name)
            if entry.own_pack:
                self._storage.seal(entry.placement.location.name)
        except IsocenterError as error:
            log.warning("An object that is not to be kept could not be erased: %s", error)

    def _receipt(self, judged: Sequence[tuple[Arrived, Verdict]]) -> JournalEvent:
        return JournalEvent(
            sequence=next(self._sequences),
            kind="received",
            at=int(self._clock() * 1_000_000),
            actor=_joined(entry.whole.source.name for entry, _ in judged),
            source=_joined(entry.whole.source.detail for entry, _ in judged),
            body=received_body(judged),
        )

    def _event(self, entry: Happening) -> JournalEvent:
        return JournalEvent(
            sequence=next(self._sequences),
            kind=entry.kind,
            at=int(self._clock() * 1_000_000),
            actor=entry.source.name,
            source=entry.source.detail,
            reason=entry.reason,
            body=orjson.dumps(entry.body).decode(),
        )

    # The index commit, and what follows it.

    def _submit_receipt(
        self, event: JournalEvent, judged: Sequence[tuple[Arrived, Verdict]], placements: Sequence[Placement]
    ) -> Future[Any]:
        appended = iter(placements)
        placed = [(entry, verdict, entry.placement or next(appended)) for entry, verdict in judged]
        try:
            arrivals = tuple(
                (self._arrival(entry, placement), verdict.decision, verdict.kind)
                for entry, verdict, placement in placed
            )
            future = self._index.commit(ReceiptUnit(_located(event, next(appended)), arrivals))
        except Exception as error:
            self._undo_receipt(event, placed, _as_ours(error))
            raise
        future.add_done_callback(lambda done: self._committed(event, placed, done))
        return future

    def _committed(
        self, event: JournalEvent, placed: Sequence[tuple[Arrived, Verdict, Placement]], done: Future[Any]
    ) -> None:
        faultpoint("K8")
        error = done.exception()
        if error is not None:
            self._undo_receipt(event, placed, _as_ours(error))
            return
        for entry, verdict, placement in placed:
            if entry.own_pack:
                _seal(partial(self._storage.seal, placement.location.name))
            note = f"Kept aside, not served: {verdict.kind}." if verdict.kind else ""
            entry.answer(Outcome(verdict.result, entry.whole.identity.sop_instance_uid, note))
        self._release([entry for entry, _, _ in placed])

    def _undo_receipt(
        self, event: JournalEvent, placed: Sequence[tuple[Arrived, Verdict, Placement]], error: IsocenterError
    ) -> None:
        entries = [entry for entry, _, _ in placed]
        self._void(event, error, lambda: self._not_kept(entries, error))

    def _not_kept(self, entries: Sequence[Arrived], error: IsocenterError) -> None:
        for entry in entries:
            self._unplace(entry)
        self._finish(entries, error)

    def _submit_event(self, entry: Happening, event: JournalEvent) -> Future[Any]:
        future = self._index.submit(entry.unit(event))

        def finished(done: Future[Any]) -> None:
            faultpoint("K8")
            error = done.exception()
            if error is None:
                entry.answer(done.result())
            else:
                refusal = _as_ours(error)
                self._void(event, refusal, lambda: entry.answer(refusal))

        future.add_done_callback(finished)
        return future

    def _void(self, event: JournalEvent, error: IsocenterError, then: Callable[[], None]) -> None:
        """Record that an event that is durable in a pack did not happen, so that no restart makes it happen."""
        if event.kind == VOIDED:
            then()
            return
        reason = f"not entered: {type(error).__name__}"
        self.record(Happening(VOIDED, RECORD, reason, voided_body(event.sequence), unit_of, lambda _: then()))

    # Answers.

    def _finish(self, entries: Sequence[Entry], answer: Outcome | IsocenterError) -> None:
        """Answer entries that are not answered yet, and let go on who waited for them."""
        arrived, happened = split(entries)
        for entry in arrived:
            entry.answer(answer)
        if isinstance(answer, IsocenterError):
            for happening in happened:
                happening.answer(answer)
        self._release(arrived)

    def _release(self, entries: Sequence[Arrived]) -> None:
        for waiting in self._claims.release(entries):
            self.receive(waiting)


def _member(entry: Arrived) -> NewMember:
    whole = entry.whole
    return NewMember(whole.member_name, whole.parts, len(whole.head) + whole.size)


def _located(event: JournalEvent, placement: Placement) -> JournalEvent:
    return replace(event, location=placement.location)


def _joined(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(name for name in names if name))


def _settle(pending: Future[Any] | None) -> None:
    """Wait for the index commit of a group; its failure has been told to those it concerns."""
    if pending is not None:
        pending.exception()


def _seal(seal: Callable[[], object]) -> None:
    try:
        seal()
    except StorageError as error:
        log.warning("A pack was left open, to be recovered at the next start: %s", error)


def _as_ours(error: BaseException) -> IsocenterError:
    if isinstance(error, IsocenterError):
        return error
    return SystemFault("An internal fault; the log says more.")
