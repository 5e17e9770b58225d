"""The command line, run in this process against a real archive; and a real server to call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from isocenter import app
from isocenter.interfaces import cli
from isocenter.settings import Settings, load_settings
from unit.services.imports.import_archive import part10


class RealComposition:
    """What the program itself supplies."""

    open_archive = staticmethod(app.open_archive)
    open_reader = staticmethod(app.open_reader)
    reindex = staticmethod(app.reindex)
    serve = staticmethod(app.serve)


@dataclass
class Answer:
    """What a command gave."""

    code: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture
def isocenter(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs the command line; the data folder is ``tmp_path/data`` unless told."""
    for name in ("ISOCENTER_CONFIG", "ISOCENTER_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ISOCENTER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ISOCENTER_STORAGE__RESERVE_BYTES", "0")

    def run(*arguments: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exited:
            cli.run(RealComposition(), [str(argument) for argument in arguments])
        captured = capsys.readouterr()
        code = exited.value.code
        return Answer(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with three CT slices of one series, and a text."""
    folder = tmp_path / "files"
    folder.mkdir()
    for number in (1, 2, 3):
        (folder / f"slice{number}").write_bytes(part10(number, pixels=100_000))
    (folder / "readme.txt").write_text("hello")
    return folder


class RunningServer:
    """The server in a thread, on free ports."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(30)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(30)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        with app.open_archive(self._settings) as archive:
            server = app.Server(archive)
            await server.start()
            self.port = server.dimse.port
            self._ready.set()
            await self._stopping.wait()
            await server.stop()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server with an archive of its own that lets in every caller."""
    running = RunningServer(
        load_settings(
            overrides={
                "data": tmp_path / "elsewhere",
                "dimse": {"port": 0, "accept_any_ae": True},
                "web": {"port": 0},
                "storage": {"reserve_bytes": 0},
            },
            environment={},
        )
    )
    running.start()
    yield running
    running.stop()
