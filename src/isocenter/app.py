"""The composition root: the only module that knows everything."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import orjson
import uvloop
from sqlalchemy import Engine, make_url

from isocenter import __version__
from isocenter.dicom.walk import WalkLimits
from isocenter.errors import ConfigurationError, IsocenterError
from isocenter.index.engine import EngineOptions, open_engine
from isocenter.index.extract import Extractor
from isocenter.index.finder import Finder, FindLimits
from isocenter.index.headers import Headers
from isocenter.index.migrations import upgrade
from isocenter.index.read import IngestLookups, RecordLookups, RetrieveLookups
from isocenter.index.rebuild import rebuilding
from isocenter.index.schema import job
from isocenter.index.write import IndexWriter, WriterOptions
from isocenter.index.write.changes import ERASE_JOB
from isocenter.index.write.receive import HEADER_JOB
from isocenter.interfaces import cli
from isocenter.interfaces.dimse import Callers, DimseServer
from isocenter.interfaces.dimse.echo import perform_echo
from isocenter.interfaces.dimse.find import FindDoor
from isocenter.interfaces.dimse.get import GetDoor
from isocenter.interfaces.dimse.move import MoveDoor
from isocenter.interfaces.dimse.store import StoreDoor
from isocenter.interfaces.web import QidoDoor, Status, WadoDoor, WebServer, web_app
from isocenter.protocol.dimse.messages import CEchoRequest, CFindRequest, CGetRequest, CMoveRequest, CStoreRequest
from isocenter.queue.ledger import Ledger
from isocenter.queue.port import Job
from isocenter.services.check import CheckReport, check
from isocenter.services.delete import Delete
from isocenter.services.find import Find
from isocenter.services.ingest import ByteBudget, Ingest, IngestLimits
from isocenter.services.jobs import JobWorker
from isocenter.services.record import Happening, Recorder, RecorderOptions, Source
from isocenter.services.record.arrivals import arrival_maker
from isocenter.services.record.comparison import Comparator
from isocenter.services.record.judge import Judge
from isocenter.services.record.rebuild import Rebuilt, rebuild
from isocenter.services.record.recovery import receive_orphans, recover, settled_ends, void_refused
from isocenter.services.record.replay import identified_body, unit_of
from isocenter.services.record.stored import content_id_of
from isocenter.services.retrieve import Retrieve
from isocenter.services.retrieve.headers import HeaderMaker
from isocenter.settings import Settings
from isocenter.storage import PackStore
from isocenter.storage.packs import LocalPackStore, PackOptions

__all__ = ["Archive", "Server", "main", "open_archive", "open_reader", "reindex", "serve"]

log = logging.getLogger(__name__)

PURGE_SECONDS = 600.0
"""How often deleted objects whose grace is over are looked for."""
PROBE_SECONDS = 15.0
"""How often the disk is tried again after repeated failures switched writing off."""
STORED_BYTES_SECONDS = 60.0
"""How long the sum of all packs is shown before they are counted again."""


class Reader:
    """The index, for reading beside a running server."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.settings = settings
        self.engine = engine
        self.record = RecordLookups(engine)
        self.finder = Finder(
            engine, FindLimits(rows=settings.index.max_find_results, seconds=settings.index.query_timeout_seconds)
        )
        self.find = Find(self.finder)


class Archive(Reader):
    """Everything but the listeners: for the server, and for commands that need the folder to themselves."""

    def __init__(self, settings: Settings, engine: Engine, storage: PackStore, writer: IndexWriter) -> None:
        super().__init__(settings, engine)
        self.storage = storage
        self.writer = writer
        self.pool = ThreadPoolExecutor(8, thread_name_prefix="work")
        extractor = Extractor()
        known, self._contents = IngestLookups(engine), RetrieveLookups(engine)
        _require_index(storage, known)
        found = recover(storage, writer.submit, extractor, known.pack_ends())
        recovered = [pack.name for pack in storage.packs() if not pack.sealed]
        self.recorder = Recorder(
            storage=storage,
            index=writer,
            judge=Judge(known.priors, Comparator(storage)),
            arrival=arrival_maker(extractor),
            clock=time.time,
            first_sequence=max(known.last_sequence(), found.last_sequence) + 1,
            options=RecorderOptions(lanes=settings.storage.lanes),
        )
        void_refused(found, self.recorder.record)
        receive_orphans(found, self.recorder.receive)
        for pack in recovered:
            storage.seal(pack)
        self.ingest = Ingest(
            recorder=self.recorder,
            storage=storage,
            limits=IngestLimits(
                settings.storage.spill_bytes,
                settings.dimse.max_object_bytes,
                WalkLimits(size=settings.dimse.max_object_bytes),
            ),
            budget=ByteBudget(settings.storage.buffer_bytes),
            pool=self.pool,
            clock=time.time,
        )
        self.headers = HeaderMaker(Headers(engine, writer), storage)
        self.retrieve = Retrieve(self._contents, self.finder, storage, self.headers, self._found_damaged)
        self.delete = Delete(self.recorder, self.record, storage, time.time, settings.record.grace_seconds)

    def _found_damaged(self, content_id: bytes) -> None:
        """List an object whose stored bytes are no longer what was acknowledged; sending it again heals it."""
        source = Source(door="retrieve", name="isocenter")
        body = identified_body(self.record.identities([content_id]))
        reason = "found when it was read"
        self.recorder.record(Happening("damaged", source, reason, body, unit_of, lambda answer: None))

    def make_headers(self, jobs: Sequence[Job]) -> None:
        """Make the DICOM JSON of new headers: the handler of the outbox's first job."""
        refs = [ref for each in jobs for ref in orjson.loads(each.payload)["contents"]]
        self.headers.fill(self._contents.contents(refs))

    def check(self, progress: Callable[[int, int], None] | None = None) -> CheckReport:
        """Check everything that is kept; see `isocenter fsck`."""
        return check(self.engine, self.storage, progress)

    def stored_bytes(self) -> int:
        """Count the bytes of all packs."""
        return sum(pack.size for pack in self.storage.packs())

    def close(self) -> None:
        """Finish what is under way and seal the open packs."""
        self.recorder.close()
        self.pool.shutdown()
        self.writer.close()


@contextmanager
def open_reader(settings: Settings) -> Iterator[Reader]:
    """Open the index for reading."""
    engine = open_engine(settings.database_url, _engine_options(settings))
    try:
        yield Reader(settings, engine)
    finally:
        engine.dispose()


def _engine_options(settings: Settings) -> EngineOptions:
    index = settings.index
    return EngineOptions(cache_bytes=index.cache_bytes, mmap_bytes=index.mmap_bytes, busy_seconds=index.busy_seconds)


def _require_index(storage: PackStore, known: IngestLookups) -> None:
    """Refuse packs without their index: a new one would begin its journal at 1 again. Raises ConfigurationError."""
    if known.last_sequence() == 0 and any(pack.sealed for pack in storage.packs()):
        raise ConfigurationError(
            "The data folder holds packs, but the index is empty. Make it again from the packs with "
            "`isocenter reindex`, or name the right index (setting index.url)."
        )


def _open_storage(settings: Settings) -> LocalPackStore:
    """Take the data folder. Raises StorageError when another process has it."""
    return LocalPackStore(
        settings.data,
        PackOptions(
            seal_size=settings.storage.seal_bytes,
            seal_age=settings.storage.seal_seconds,
            reserve=settings.storage.reserve_bytes,
            failure_limit=settings.storage.failures_to_read_only,
        ),
    )


@contextmanager
def open_archive(settings: Settings) -> Iterator[Archive]:
    """Open everything, recovering what a crash left. Raises BusyError when another process has the folder."""
    os.umask(0o077)
    with ExitStack() as stack:
        storage = _open_storage(settings)
        stack.callback(storage.close)
        engine = open_engine(settings.database_url, _engine_options(settings))
        stack.callback(engine.dispose)
        upgrade(engine)
        writer = IndexWriter(engine, WriterOptions(generic_patient_ids=settings.record.generic_patient_ids))
        stack.callback(writer.close)
        archive = Archive(settings, engine, storage, writer)
        stack.callback(archive.close)
        yield archive


def reindex(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Rebuilt:
    """Make the index again from the packs, beside the old one, and put it in its place when it is whole."""
    os.umask(0o077)
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return _rebuild(settings, settings.database_url, progress)  # refused there unless the database is empty
    final, draft = Path(url.database), Path(f"{url.database}.rebuilding")
    for leftover in draft.parent.glob(f"{draft.name}*"):
        leftover.unlink()
    rebuilt = _rebuild(settings, f"sqlite:///{draft}", progress)
    # A crash in here leaves no index, and the next start says to make it again; never a new index with an old log.
    final.unlink(missing_ok=True)
    for suffix in ("-wal", "-shm"):
        Path(f"{final}{suffix}").unlink(missing_ok=True)
    draft.replace(final)
    for suffix in ("-wal", "-shm", "-writer"):
        Path(f"{draft}{suffix}").unlink(missing_ok=True)
    return rebuilt


def _rebuild(settings: Settings, url: str, progress: Callable[[int, int], None] | None) -> Rebuilt:
    """Read all packs into an empty database. Raises ConfigurationError when it is not empty."""
    with ExitStack() as stack:
        storage = _open_storage(settings)
        stack.callback(storage.close)
        for _ in storage.recover(settled_ends(storage), content_id_of):
            pass  # cuts off what is not whole; what is whole is read below like everything else
        options = WriterOptions(generic_patient_ids=settings.record.generic_patient_ids)
        with rebuilding(url, options) as (_, writer):
            rebuilt = rebuild(storage, writer.submit, progress)
        for pack in storage.packs():
            if not pack.sealed:
                storage.seal(pack.name)
    return rebuilt


class Server:
    """The archive with its doors open."""

    def __init__(self, archive: Archive) -> None:
        settings = archive.settings
        self.archive = archive
        self.settings = settings
        self._started = time.monotonic()
        self._upkeep: list[asyncio.Task[None]] = []
        self._stored = (float("-inf"), 0)
        self._queries = ThreadPoolExecutor(8, thread_name_prefix="query")
        callers = Callers(settings.dimse, settings.peers, time.time, settings.data / "knocking.json")
        get = GetDoor(archive.retrieve, self._queries, settings.dimse.operation_seconds)
        move = MoveDoor(archive.retrieve, self._queries, settings.dimse, settings.peers)
        self.dimse = DimseServer(
            settings.dimse,
            callers,
            {
                CEchoRequest: perform_echo,
                CStoreRequest: StoreDoor(archive.ingest, settings.record.default_issuer).perform,
                CFindRequest: FindDoor(archive.find, self._queries).perform,
                CGetRequest: get.perform,
                CMoveRequest: move.perform,
            },
        )
        self.web = WebServer(
            web_app(QidoDoor(archive.find, settings.index.max_results), WadoDoor(archive.retrieve), self.status),
            settings.web,
        )
        self.jobs = JobWorker(
            Ledger(archive.engine, job),
            {HEADER_JOB: archive.make_headers, ERASE_JOB: archive.delete.erase},
            clock=time.time,
            busy=archive.recorder.busy,
            name=f"jobs-{os.getpid()}",
        )

    async def start(self) -> None:
        """Open the doors."""
        await self.dimse.start()
        await self.web.start()
        self.jobs.start()
        self._upkeep = [
            asyncio.create_task(self._purge_now_and_then()),
            asyncio.create_task(self._mend_now_and_then()),
        ]

    async def _mend_now_and_then(self) -> None:
        """While nothing can be written, try the disk again from time to time."""
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            if self.archive.storage.read_only:
                mended = await asyncio.get_running_loop().run_in_executor(self._queries, self.archive.storage.probe)
                log.warning("The disk takes writes again." if mended else "The disk still fails: nothing is accepted.")

    async def _purge_now_and_then(self) -> None:
        """Remove the bytes of what was deleted longer ago than the grace."""
        source = Source(door="purge", name="isocenter")
        while True:
            try:
                await asyncio.get_running_loop().run_in_executor(self._queries, self.archive.delete.purge, source)
            except IsocenterError as error:
                log.warning("Deleted objects could not be purged; tried again later: %s", error)
            await asyncio.sleep(PURGE_SECONDS)

    async def stop(self) -> None:
        """Close the doors and let what is under way finish."""
        for task in self._upkeep:
            task.cancel()
        await self.dimse.stop()
        await self.web.stop()
        self.jobs.close()
        self._queries.shutdown()

    def _stored_bytes(self) -> int:
        counted_at, size = self._stored
        if time.monotonic() - counted_at > STORED_BYTES_SECONDS:
            size = self.archive.stored_bytes()
            self._stored = (time.monotonic(), size)
        return size

    def status(self) -> Status:
        """Say how the server is."""
        settings, counts = self.settings, self.archive.record.counters()
        space = os.statvfs(settings.data)
        read_only = self.archive.storage.read_only
        return Status(
            version=__version__,
            healthy=not read_only,
            read_only=read_only,
            ae_title=settings.dimse.ae_title,
            dicom_address=f"{settings.dimse.host}:{self.dimse.port}",
            dicom_open_to=open_to(settings),
            patients=counts.patients,
            studies=counts.studies,
            series=counts.series,
            instances=counts.instances,
            stored_bytes=self._stored_bytes(),
            free_bytes=space.f_bavail * space.f_frsize,
            associations=self.dimse.associations,
            open_exceptions=counts.exceptions,
            waiting_jobs=counts.jobs_waiting,
            uptime_seconds=time.monotonic() - self._started,
        )


def open_to(settings: Settings) -> str:
    """Say in plain words who may call the DICOM listener."""
    if settings.dimse.accept_any_ae:
        return "any AE title that reaches the port"
    if not settings.peers:
        return "nobody yet: no peers are named in the settings"
    return "the peers " + ", ".join(sorted(peer.ae_title for peer in settings.peers.values()))


def serve(settings: Settings, announce: Callable[[Server], None]) -> None:
    """Run the server until SIGTERM or SIGINT."""
    with open_archive(settings) as archive:
        uvloop.run(_serve(Server(archive), announce))


async def _serve(server: Server, announce: Callable[[Server], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await server.start()
    announce(server)
    await stop.wait()
    log.info("Stopping.")
    await server.stop()


def main() -> None:
    """Run the command line."""
    cli.run(_Composition())


class _Composition:
    """What the command line needs of the rest."""

    open_archive = staticmethod(open_archive)
    open_reader = staticmethod(open_reader)
    reindex = staticmethod(reindex)
    serve = staticmethod(serve)
