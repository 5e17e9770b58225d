"""An archive on a local disk with a real index, and made-up DICOM files to import into it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from isocenter.dicom.dataset import DataSet, write_data_set
from isocenter.dicom.part10 import write_file_meta
from isocenter.dicom.walk import WalkLimits
from isocenter.index.engine import Durability, EngineOptions, open_engine
from isocenter.index.extract import Extractor
from isocenter.index.finder import Finder
from isocenter.index.migrations import upgrade
from isocenter.index.query import Level, Query
from isocenter.index.read import IngestLookups, RecordLookups, RetrieveLookups
from isocenter.index.write import IndexWriter, WriterOptions
from isocenter.services.find import Find
from isocenter.services.ingest import ByteBudget, Ingest, IngestLimits
from isocenter.services.record import Recorder
from isocenter.services.record.arrivals import arrival_maker
from isocenter.services.record.comparison import Comparator
from isocenter.services.record.judge import Judge
from isocenter.storage import PackStore
from isocenter.storage.packs import LocalPackStore, PackOptions

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
STUDY, SERIES = "1.2.3.1", "1.2.3.1.1"


@dataclass
class ImportArchive:
    """The parts that an import needs, and those that tests look at."""

    storage: PackStore
    ingest: Ingest
    find: Find
    lookups: RetrieveLookups
    record: RecordLookups

    def instances(self) -> int:
        return self.find.count(Query(Level.IMAGE, relational=True))

    def part10(self, sop_instance_uid: str) -> bytes:
        stored = self.lookups.by_uid(sop_instance_uid)
        assert stored is not None
        content = stored.content
        return b"".join(self.storage.stream(content.location, content.checks))


@contextmanager
def import_archive(folder: Path) -> Iterator[ImportArchive]:
    """Open an archive whose packs are in ``folder``."""
    storage = LocalPackStore(folder, PackOptions(reserve=0))
    engine = open_engine(f"sqlite:///{folder / 'index.sqlite'}", EngineOptions(durability=Durability.WAIVED))
    upgrade(engine)
    writer = IndexWriter(engine, WriterOptions())
    known = IngestLookups(engine)
    recorder = Recorder(
        storage=storage,
        index=writer,
        judge=Judge(known.priors, Comparator(storage)),
        arrival=arrival_maker(Extractor()),
        clock=lambda: 1_700_000_000.0,
        first_sequence=1,
    )
    pool = ThreadPoolExecutor(2)
    ingest = Ingest(
        recorder=recorder,
        storage=storage,
        limits=IngestLimits(spill_bytes=1 << 20, object_bytes=1 << 30, walk=WalkLimits()),
        budget=ByteBudget(64 << 20),
        pool=pool,
        clock=lambda: 1_700_000_000.0,
    )
    try:
        yield ImportArchive(storage, ingest, Find(Finder(engine)), RetrieveLookups(engine), RecordLookups(engine))
    finally:
        recorder.close()
        pool.shutdown()
        writer.close()
        engine.dispose()
        storage.close()


def data_set(number: int, *, pixels: int = 0, sop_class: str = CT) -> bytes:
    """The data set of one made-up CT slice in explicit VR little endian."""
    made = DataSet()
    made.set(0x00080016, "UI", sop_class)
    made.set(0x00080018, "UI", uid(number))
    made.set(0x00080060, "CS", "CT")
    made.set(0x00100010, "PN", "Test^Import")
    made.set(0x00100020, "LO", "IMPORT-1")
    made.set(0x0020000D, "UI", STUDY)
    made.set(0x0020000E, "UI", SERIES)
    made.set(0x00200013, "IS", str(number))
    if pixels:
        made.set(0x7FE00010, "OW", bytes(pixels))
    return write_data_set(made, EXPLICIT_LE)


def part10(number: int, *, pixels: int = 0, sop_class: str = CT) -> bytes:
    """The same as a file made by somebody else: its meta names a source."""
    head = write_file_meta(sop_class, uid(number), EXPLICIT_LE, "ELSEWHERE")
    return head + data_set(number, pixels=pixels, sop_class=sop_class)


def uid(number: int) -> str:
    return f"1.2.3.1.1.{number}"
