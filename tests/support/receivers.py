"""Peers' programs: those that receive, and those that send, ask and fetch, run to their end."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.part10 import Part10, read_part10
from support.programs import require_program
from support.server import AE_TITLE, clean_environment, free_port

SECONDS = 240


def run_peer(
    program: str, *arguments: str, check: bool = True, nagle: bool = False, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a peer's program to its end in ``folder``; ``nagle`` leaves it in its default environment."""
    environment = clean_environment()
    if nagle:
        del environment["TCP_NODELAY"]
    return _run([require_program(program), *arguments], environment, check, folder)


def run_pynetdicom(
    app: str, *arguments: str, check: bool = True, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one of pynetdicom's command-line programs to its end in ``folder``."""
    return _run([sys.executable, "-m", "pynetdicom", app, *arguments], clean_environment(), check, folder)


def _run(
    command: Sequence[str], environment: dict[str, str], check: bool, folder: Path | None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=SECONDS, env=environment, cwd=folder
    )
    said = done.stdout + done.stderr
    assert not check or done.returncode == 0, f"{command[0]} gave {done.returncode}\n{said[-4000:]}"
    return done


def received_in(folder: Path) -> dict[str, Part10]:
    """The files that a peer wrote, by the SOP Instance UID of their meta."""
    files = [read_part10(path) for path in sorted(folder.rglob("*")) if path.is_file()]
    return {part10.sop_instance_uid: part10 for part10 in files}


@dataclass(frozen=True, slots=True)
class Receiver:
    """A running ``storescp``."""

    ae_title: str
    port: int
    folder: Path

    def received(self) -> dict[str, Part10]:
        return received_in(self.folder)


@contextmanager
def running_storescp(folder: Path, *options: str, ae_title: str = "STORESCP", port: int = 0) -> Iterator[Receiver]:
    """Run ``storescp +B`` with more options until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    command = [require_program("storescp"), "+B", "-aet", ae_title, "-od", str(folder), *options, str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment())
    try:
        wait_for_listener(port)
        yield Receiver(ae_title, port, folder)
    finally:
        process.terminate()
        process.wait(10)


def wait_for_listener(port: int, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"nobody listens on {port}"
            time.sleep(0.02)  # another process: there is no event to wait for


def storescu_profile(file: Path, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Write an association profile with one context for each (SOP class, transfer syntax); give storescu's options.

    So each file goes out in its own transfer syntax, over one association.
    """
    pairs = list(dict.fromkeys(pairs))
    assert len(pairs) <= 128
    syntaxes = list(dict.fromkeys(transfer for _, transfer in pairs))
    lines = ["[[TransferSyntaxes]]"]
    for number, uid in enumerate(syntaxes):
        lines += [f"[TS{number}]", f"TransferSyntax1 = {uid}"]
    lines += ["[[PresentationContexts]]", "[Files]"]
    for number, (abstract, transfer) in enumerate(pairs, 1):
        lines.append(f"PresentationContext{number} = {abstract}\\TS{syntaxes.index(transfer)}")
    lines += ["[[Profiles]]", "[Default]", "PresentationContexts = Files"]
    file.write_text("\n".join(lines) + "\n")
    return ["-xf", str(file), "Default"]


def store_with_dcmtk(port: int, files: Sequence[Path], profile: Sequence[str] = (), *, nagle: bool = False) -> str:
    """Store files over one association, going on after a failure; gives what the program said."""
    names = [str(file) for file in files]
    done = run_peer(
        "storescu", "-v", "-nh", *profile, "-aec", AE_TITLE, "127.0.0.1", str(port), *names, check=False, nagle=nagle
    )
    return done.stdout + done.stderr


def store_with_pynetdicom(port: int, files: Sequence[Path]) -> str:
    """Store files over one association with contexts as the files need them; gives what the program said."""
    done = run_pynetdicom(
        "storescu", "-cx", "-aec", AE_TITLE, "127.0.0.1", str(port), *(str(file) for file in files), check=False
    )
    return done.stdout + done.stderr
