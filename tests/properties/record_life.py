"""A random life of an archive: objects arrive in every way the rules know; some are deleted, held, purged, damaged."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from isocenter.app import Archive
from isocenter.dicom.dataset import DataSet, write_data_set
from isocenter.errors import IsocenterError
from isocenter.index.read import RetrieveLookups
from isocenter.index.schema import State, job
from isocenter.index.write.changes import ERASE_JOB
from isocenter.queue.ledger import Ledger
from isocenter.services.jobs import JobWorker
from isocenter.services.record import Source
from isocenter.services.record.replay import contents_body, identified_body, unit_of
from isocenter.services.retrieve.held import Scope

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT, EXPLICIT, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"
SYNTAXES = (EXPLICIT, IMPLICIT, DEFLATED)
STUDIES, SERIES, INSTANCES = 8, 3, 4
"""How many there are of each, within the level above; few, so that much happens to each."""

PATIENTS = (
    ("P1", "HOSPITAL", "Doe^Jane", "19700101", "F"),
    ("P1", "HOSPITAL", "Smith^Bob", "19800202", "M"),
    ("P1", "", "Doe^Jane", "", "F"),
    ("P2", "", "Müller^Hans=", "19600505", "M"),
    ("P2", "", "Mueller^Hans", "19600505", "M"),
    ("UNKNOWN", "", "", "", ""),
    ("", "", "Nobody", "", ""),
)


@dataclass(frozen=True, slots=True)
class Thing:
    """One object: where it belongs, and which of its variants it is."""

    study: int
    series: int
    number: int
    patient: int
    text: int = 0
    pixels: int = 0
    syntax: str = EXPLICIT
    source: str = "MODALITY"
    sop_class_uid: str = CT
    pixel_bytes: int = 256
    at_study: int | None = None
    """The study whose instance it pretends to be, when that is another one."""

    @property
    def study_instance_uid(self) -> str:
        return f"1.2.3.{self.study}"

    @property
    def series_instance_uid(self) -> str:
        return f"1.2.3.{self.study}.{self.series}"

    @property
    def sop_instance_uid(self) -> str:
        return f"1.2.3.{self.study if self.at_study is None else self.at_study}.{self.series}.{self.number}"

    def data_set(self) -> bytes:
        patient_id, issuer, name, born, sex = PATIENTS[self.patient]
        made = DataSet()
        for tag, vr, value in (
            (0x00080005, "CS", "ISO_IR 192"),
            (0x00080016, "UI", self.sop_class_uid),
            (0x00080018, "UI", self.sop_instance_uid),
            (0x00080020, "DA", f"2024010{1 + self.study % 8}"),
            (0x00080030, "TM", "0910" if self.text % 2 else "1045"),
            (0x00080050, "SH", f"A{self.study}"),
            (0x00080060, "CS", "MR" if self.sop_class_uid == MR else "CT"),
            (0x00080090, "PN", "House^Gregory" if self.text != 2 else ""),
            (0x0008103E, "LO", f"SERIES {self.text}"),
            (0x00081030, "LO", f"STUDY {self.text % 3}"),
            (0x00100010, "PN", name),
            (0x00100020, "LO", patient_id),
            (0x00100021, "LO", issuer),
            (0x00100030, "DA", born),
            (0x00100040, "CS", sex),
            (0x0020000D, "UI", self.study_instance_uid),
            (0x0020000E, "UI", self.series_instance_uid),
            (0x00200010, "SH", f"S{self.text % 2}"),
            (0x00200011, "IS", str(self.series)),
            (0x00200013, "IS", str(self.number)),
        ):
            made.set(tag, vr, value)
        made.set(0x00280010, "US", 16)
        made.set(0x00280011, "US", 16)
        made.set(0x00280100, "US", 8)
        made.set(0x7FE00010, "OB", bytes([self.pixels + 1]) * self.pixel_bytes)
        return write_data_set(made, self.syntax)


@dataclass
class Life:
    """Makes things happen, one random step after the other; the archive's clock is the real one."""

    archive: Archive
    chance: random.Random
    seen: dict[tuple[int, int, int], list[Thing]] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    cases: list[str] = field(default_factory=list)

    def live(self, steps: int, without: tuple[str, ...] = ()) -> None:
        """Let ``steps`` things happen, but none of ``without``."""
        kinds: list[tuple[Callable[[], None], int]] = [
            (self.arrive, 60),
            (self.delete, 9),
            (self.restore, 7),
            (self.purge, 3),
            (self.hold, 3),
            (self.release, 3),
            (self.reject, 3),
            (self.accept, 3),
            (self.damage, 4),
            (self.tell, 3),
        ]
        functions, weights = zip(*(pair for pair in kinds if pair[0].__name__ not in without), strict=True)
        for step in self.chance.choices(functions, weights, k=steps):
            try:
                step()
            except IsocenterError as error:
                self.count(f"{step.__name__}: {type(error).__name__}")
            else:
                self.count(step.__name__)

    def count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1

    # What arrives.

    def arrive(self) -> None:
        """Some objects come at once, over any lane; the archive's own rules decide about each."""
        things = [self.thing() for _ in range(self.chance.choice([1, 1, 2, 5]))]
        answers = [keep(self.archive, thing) for thing in things]
        for answer in answers:
            outcome = answer.result(timeout=60)
            self.count(type(outcome).__name__ if isinstance(outcome, IsocenterError) else outcome.result.value)

    def thing(self) -> Thing:
        pick = self.chance.choice
        place = (self.chance.randrange(STUDIES), self.chance.randrange(SERIES), self.chance.randrange(INSTANCES))
        before = self.seen.setdefault(place, [])
        kind = pick(["same", "same", "text", "syntax", "pixels", "source", "patient", "class", "moved"])
        if not before:
            made = Thing(*place, patient=self.chance.randrange(len(PATIENTS)), text=self.chance.randrange(3))
        elif kind == "same":
            return pick(before)
        elif kind == "text":
            made = replace(before[0], text=self.chance.randrange(5))
        elif kind == "syntax":
            made = replace(pick(before), syntax=pick(SYNTAXES))
        elif kind == "pixels":
            made = replace(before[0], pixels=self.chance.randrange(3))
        elif kind == "source":
            made = replace(before[0], source="ARCHIVE", text=self.chance.randrange(5))
        elif kind == "patient":
            made = replace(before[0], patient=self.chance.randrange(len(PATIENTS)))
        elif kind == "class":
            made = replace(before[0], sop_class_uid=MR)
        else:
            made = replace(before[0], study=self.chance.randrange(STUDIES), at_study=before[0].study)
        before.append(made)
        return made

    # What happens to it.

    def delete(self) -> None:
        self.archive.delete.delete(self.scope(), WHO, "by chance")

    def restore(self) -> None:
        self.archive.delete.restore(self.scope(), WHO, "by chance")

    def purge(self) -> None:
        self.archive.delete.purge(WHO)
        if self.chance.random() < 0.7:
            erase(self.archive)

    def hold(self) -> None:
        case = f"CASE {len(self.cases)}"
        body: dict[str, Any] = {"case_id": case, "author": "law"}
        if self.chance.random() < 0.5:
            body["study_instance_uid"] = f"1.2.3.{self.chance.randrange(STUDIES)}"
        else:
            patient_id, issuer, *_ = self.chance.choice(PATIENTS)
            body["patient"] = [patient_id, issuer]
        self.archive.recorder.happen("held", WHO, "a dispute", body, unit_of)
        self.cases.append(case)

    def release(self) -> None:
        if self.cases:
            case = self.cases.pop(self.chance.randrange(len(self.cases)))
            self.archive.recorder.happen("released", WHO, "settled", {"case_id": case}, unit_of)

    def reject(self) -> None:
        self.about("rejected", {State.LIVE, State.QUARANTINED})

    def accept(self) -> None:
        self.about("accepted", {State.QUARANTINED, State.REJECTED})

    def tell(self) -> None:
        self.about("sent", {State.LIVE})

    def about(self, kind: str, states: set[State]) -> None:
        contents = self.contents(states)
        if contents:
            some = tuple(self.chance.sample(contents, min(len(contents), self.chance.randint(1, 3))))
            self.archive.recorder.happen(kind, WHO, "by chance", contents_body(some), unit_of)

    def damage(self) -> None:
        """A byte of a stored object changes, and somebody notices."""
        contents = self.contents({State.LIVE, State.SUPERSEDED})
        if not contents:
            return
        content_id = self.chance.choice(contents)
        flip(self.archive, content_id, self.chance)
        body = identified_body(self.archive.record.identities([content_id]))
        self.archive.recorder.happen("damaged", WHO, "found by chance", body, unit_of)

    def heal(self) -> None:
        """Send again everything that is damaged."""
        for things in self.seen.values():
            for thing in things:
                keep(self.archive, thing).result(timeout=60)

    def scope(self) -> Scope:
        depth = self.chance.choice([1, 2, 3, 3, 3])
        study, series, number = (self.chance.randrange(size) for size in (STUDIES, SERIES, INSTANCES))
        uids = (f"1.2.3.{study}", f"1.2.3.{study}.{series}", f"1.2.3.{study}.{series}.{number}")
        return Scope(*uids[:depth])

    def contents(self, states: set[State]) -> list[bytes]:
        study = self.chance.randrange(STUDIES)
        return self.archive.record.contents_of(f"1.2.3.{study}", states=frozenset(states))


WHO = Source(door="test", name="chance")


def keep(archive: Archive, thing: Thing) -> Future[Any]:
    """Have a thing kept; the future gives the outcome or the error."""
    answer: Future[Any] = Future()
    source = Source(door="test", name=thing.source, default_issuer="")
    incoming = archive.ingest.begin(source, thing.syntax)
    incoming.write(thing.data_set())
    lane = archive.ingest.join_lane()

    def done(outcome: Any) -> None:
        archive.ingest.leave_lane(lane)
        answer.set_result(outcome)

    archive.ingest.keep(incoming, lane, done)
    return answer


def erase(archive: Archive) -> None:
    """Do the jobs that erase purged bytes, as the server would."""
    worker = JobWorker(
        Ledger(archive.engine, job),
        {ERASE_JOB: archive.delete.erase},
        clock=lambda: 4e9,  # late enough for every retry
        busy=lambda: False,
        name="test",
    )
    while worker.run_once():
        pass


def flip(archive: Archive, content_id: bytes, chance: random.Random) -> None:
    """Change one byte of a stored object, mostly of its pixel data."""
    found = RetrieveLookups(archive.engine).content(content_id)
    assert found is not None
    location = found.location
    name = location.name
    path = archive.settings.data / "packs" / name[:9] / f"{name}.tar"
    where = location.length - 100 if chance.random() < 0.7 else chance.randrange(location.length)
    fd = os.open(path, os.O_RDWR)
    try:
        byte = os.pread(fd, 1, location.offset + where)
        os.pwrite(fd, bytes([byte[0] ^ 0x55]), location.offset + where)
    finally:
        os.close(fd)
