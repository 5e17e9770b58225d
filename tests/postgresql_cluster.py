"""A PostgreSQL of the tests' own: a private cluster in a temporary folder, reached through a socket there."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

USER = "isocenter"
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=60", "listen_addresses=")


def find_programs() -> Path | None:
    """The folder of PostgreSQL's server programs, of the newest version that is installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: (path.parent.name.zfill(4), path.name), reverse=True
    )
    return folders[0] if folders else None


def required_programs() -> Path:
    """The folder of PostgreSQL's programs; in CI a test fails without them, elsewhere it is skipped."""
    programs = find_programs()
    if programs is None:
        reason = "PostgreSQL's server programs are not installed."
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(reason)
        pytest.skip(reason)
    return programs


@contextmanager
def running_cluster(programs: Path, folder: Path, options: Sequence[str] = FAST) -> Iterator[str]:
    """Start a cluster in ``folder`` and give the URL of its maintenance database; stopped at the end."""
    as_user = _unprivileged()
    data, sockets = folder / "data", folder / "run"
    for path in (data, sockets):
        path.mkdir(mode=0o700)
    if as_user:
        for path in (folder, data, sockets):
            shutil.chown(path, as_user)
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(folder)}

    def run(*command: str) -> None:
        subprocess.run(
            command, check=True, user=as_user, env=environment, cwd=folder, stdout=subprocess.DEVNULL, timeout=120
        )

    settings = " ".join(f"-c {setting}" for setting in (*options, f"unix_socket_directories={sockets}"))
    run(str(programs / "initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
    run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", settings, "start")
    try:
        yield f"postgresql+psycopg://{USER}@/postgres?host={sockets}"
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")


def _unprivileged() -> str | None:
    """The user to run it as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
