"""Thousands of broken files through the real ingest: each is kept whole or refused with a reason, never anything else.

The default run takes 2,000 mutants, ISOCENTER_LONG=1 all 10,000. A failure names the seed; `mutant(all_bases(), seed)`
makes the same file again.
"""

from __future__ import annotations

import random
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest
from bases import all_bases
from blake3 import blake3
from mutate import Mutant, mutant
from process import LONG, MIB, descriptors, forget_peak, peak_bytes, resident_bytes
from sqlalchemy import select

from isocenter.app import Archive, open_archive
from isocenter.dicom.part10 import read_file_meta
from isocenter.dicom.walk import Walker
from isocenter.errors import IsocenterError, NotSupported
from isocenter.index.attributes import ATTRIBUTES
from isocenter.index.query import Level, Query
from isocenter.index.read import RetrieveLookups
from isocenter.index.schema import content as content_table
from isocenter.services.ingest import Ingest
from isocenter.services.record import Outcome, Result, Source
from isocenter.settings import load_settings
from support.part10 import split_part10

MUTANTS = 10_000 if LONG else 2_000
IN_FLIGHT = 24
SECONDS = 5.0
GROWTH = 150 * MIB
HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one mutant."""

    mutant: str
    answer: str
    """The result, or the error's type; not the error itself, which would keep all it came through in memory."""
    reason: str
    content_id: bytes
    seconds: float
    walked: bool
    """The object was found whole and sound, and given to the recorder."""

    @property
    def stored(self) -> bool:
        return self.answer in {result.value for result in Result}


@dataclass
class Run:
    """Feeds mutants to the ingest service, several at a time, and remembers what became of them."""

    ingest: Ingest
    fates: list[Fate] = field(default_factory=list)
    _room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(IN_FLIGHT))

    def put(self, each: Mutant, rng: random.Random) -> None:
        started = time.monotonic()
        whole = each.whole()
        content_id = b""
        walked = False

        def done(answer: Outcome | IsocenterError) -> None:
            name = answer.result.value if isinstance(answer, Outcome) else type(answer).__name__
            reason = answer.note if isinstance(answer, Outcome) else str(answer)
            self.fates.append(Fate(str(each), name, reason, content_id, time.monotonic() - started, walked))
            self._room.release()

        self._room.acquire()
        try:
            meta = read_file_meta(whole[:HEAD_BYTES])
            if meta is None:
                raise NotSupported("not DICOM")
            data_set = whole[meta.data_set_offset :]
            content_id = content_id_of(meta.transfer_syntax_uid, data_set)
            if not meta.transfer_syntax_uid.isascii() or not 0 < len(meta.transfer_syntax_uid) <= 64:
                raise NotSupported("no door lets such a transfer syntax in")
            source = Source("test", rng.choice(("ONE", "TWO")), conflicts=rng.choice(("keep", "keep", "refuse")))
            incoming = self.ingest.begin(source, meta.transfer_syntax_uid, None, whole[: meta.data_set_offset])
            try:
                for chunk in pieces(data_set, rng):
                    incoming.write(chunk)
                walked = True
                self.ingest.keep(incoming, 0, done)
            except BaseException:
                walked = False
                incoming.discard()
                raise
        except IsocenterError as error:
            done(error)

    def end(self) -> None:
        for _ in range(IN_FLIGHT):
            assert self._room.acquire(timeout=60), "an answer never came"


def content_id_of(transfer_syntax_uid: str, data_set: bytes) -> bytes:
    return blake3(transfer_syntax_uid.encode("latin-1", "replace") + b"\0" + data_set).digest()


def pieces(data: bytes, rng: random.Random) -> Iterator[memoryview]:
    view, at = memoryview(data), 0
    step = rng.choice((1 << 20, 16_000, 4096, 997))
    while at < len(view):
        yield view[at : at + step]
        at += step


def gets_deep(each: Mutant) -> bool:
    """Whether a walk reads at least ten elements of it; in small pieces, so that those before an error are counted."""
    whole = each.whole()
    try:
        meta = read_file_meta(whole[:HEAD_BYTES])
        if meta is None:
            return False
        walker = Walker(meta.transfer_syntax_uid)
        for at in range(meta.data_set_offset, len(whole), 64):
            walker.feed(whole[at : at + 64])
            if walker.elements >= 10:
                return True
        return walker.close().elements >= 10
    except IsocenterError:
        return False


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    settings = load_settings(
        overrides={
            "data": tmp_path / "data",
            "storage": {"spill_bytes": 64 * 1024, "buffer_bytes": 8 * MIB, "reserve_bytes": 0},
            "record": {"grace_seconds": 0.0},
        },
        environment={},
    )
    with open_archive(settings) as opened:
        yield opened


@pytest.mark.timeout(900)
def test_each_mutant_is_stored_whole_or_refused_with_a_reason(archive: Archive, capsys: pytest.CaptureFixture) -> None:
    bases = all_bases()
    run = Run(archive.ingest)
    for number, base in enumerate(bases):  # what is whole goes in, what memory a warm server needs is taken
        run.put(Mutant(-number, base.name, base, base.stored_data_set(), ()), random.Random(number))
    run.end()
    run = Run(archive.ingest)
    folder = archive.settings.data
    files_before, memory_before = descriptors(), resident_bytes()
    forget_peak()
    started = time.monotonic()
    deep = 0
    for seed in range(MUTANTS):
        each = mutant(bases, seed)
        deep += seed % 10 == 0 and gets_deep(each)
        run.put(each, random.Random(f"feed {seed}"))
    run.end()
    took = time.monotonic() - started
    growth = peak_bytes() - memory_before
    with capsys.disabled():
        print(report(run, deep, took, growth))
    for fate in run.fates:
        assert fate.stored or fate.reason.strip(), fate.mutant
        assert fate.stored or not fate.walked or fate.answer == "ConflictRefused", (fate.mutant, fate.answer)
        assert fate.seconds < SECONDS, (fate.mutant, fate.seconds)
    assert len(run.fates) == MUTANTS
    assert deep >= 0.3 * (MUTANTS / 10)
    assert growth < GROWTH
    assert not list((folder / "incoming").iterdir())
    assert archive.ingest.buffered_bytes == 0
    assert len(descriptors()) <= len(files_before) + 6, descriptors()  # the index may open one more connection
    headers_can_be_made(archive)
    everything_can_be_found(archive)
    assert archive.check().problems == []
    archive.close()
    kept_as_sent(folder, run)


def report(run: Run, deep: int, took: float, growth: int) -> str:
    counts: Counter[str] = Counter()
    for fate in run.fates:
        counts[fate.answer if fate.stored else f"refused: {fate.answer}"] += 1
    slowest = max(run.fates, key=lambda fate: fate.seconds)
    lines = [f"\n{len(run.fates)} mutants, seeds 0 to {len(run.fates) - 1}, in {took:.0f} s"]
    lines += [f"  {count:6} {name}" for name, count in sorted(counts.items(), key=lambda pair: -pair[1])]
    lines.append(f"  {deep / (MUTANTS / 10):.0%} get past the preamble and ten elements")
    lines.append(f"  slowest {slowest.seconds:.2f} s ({slowest.mutant}); memory grew by {growth / MIB:.0f} MiB")
    return "\n".join(lines)


def headers_can_be_made(archive: Archive) -> None:
    """What the outbox would do: no stored object may trip over anything but a fault of its own."""
    with archive.engine.connect() as connection:
        refs = [row[0] for row in connection.execute(select(content_table.c.id))]
    made = 0
    for held in RetrieveLookups(archive.engine).contents(refs):
        try:
            orjson.loads(archive.headers.make(held))
            made += 1
        except IsocenterError as error:
            assert str(error)
    assert made > 0.9 * len(refs)


def everything_can_be_found(archive: Archive) -> None:
    for level in Level:
        returned = frozenset(tag for tag, attribute in ATTRIBUTES.items() if attribute.level <= level)
        assert list(archive.find.find(Query(level, returns=returned, relational=True))), level


def kept_as_sent(folder: Path, run: Run) -> None:
    """Read the packs with Python's own tar: the bytes of everything acknowledged hash to what was sent."""
    found = set()
    for pack in sorted(folder.glob("packs/*/*.tar")):
        with tarfile.open(pack, "r:") as tar:
            for member in tar:
                if member.name.endswith(".dcm") and not member.name.startswith(".deleted/"):
                    extracted = tar.extractfile(member)
                    assert extracted is not None
                    part10 = split_part10(extracted.read())
                    content_id = content_id_of(part10.transfer_syntax_uid, part10.data_set)
                    assert content_id.hex() == member.name.removesuffix(".dcm")
                    found.add(content_id)
    for fate in run.fates:
        if fate.stored:
            assert fate.content_id in found, fate.mutant
