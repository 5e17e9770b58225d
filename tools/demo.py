"""Starts and stops the demo: a server on loopback with the sample studies in it.

python tools/demo.py start --data .demo --http-port 8080 --dicom-port 11112
python tools/demo.py stop --data .demo
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

PROGRAM = str(Path(sys.executable).parent / "isocenter")
WAIT_SECONDS = 60.0


def health(port: int) -> dict[str, object] | None:
    """Ask the server how it is; None while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            found: dict[str, object] = json.load(answer)
            return found
    except (urllib.error.URLError, OSError, ValueError):
        return None


def prepare(folder: Path) -> None:
    """Draw the sample studies and import them, once."""
    if (folder / "ready").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run([PROGRAM, "samples", str(folder / "samples")], check=True)
    subprocess.run([PROGRAM, "import", str(folder / "samples"), "--data", str(folder / "data")], check=True)
    (folder / "ready").touch()


def start(folder: Path, http_port: int, dicom_port: int) -> int:
    if running(folder):
        print("The demo is running already; `make demo-stop` ends it.")
        return 0
    if health(http_port) is not None:
        print(f"Port {http_port} is in use by another server: choose others with DEMO_HTTP=... DEMO_DICOM=...")
        return 1
    prepare(folder)
    options = ["--data", str(folder / "data"), "--http-port", str(http_port), "--dicom-port", str(dicom_port)]
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(
            [PROGRAM, "serve", *options, "--accept-any-ae"],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    (folder / "server.pid").write_text(str(server.pid))
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        answer = health(http_port)
        if answer is not None and answer.get("status") == "ok":
            report(answer, http_port, dicom_port)
            return 0
        time.sleep(0.1)  # another process: there is no event to wait for
    print(f"The server did not answer; its log is {folder / 'server.log'}:")
    print((folder / "server.log").read_text()[-2000:])
    stop(folder)
    return 1


def report(answer: dict[str, object], http_port: int, dicom_port: int) -> None:
    print(
        f"""
Isocenter is running with {answer.get("studies")} sample studies, {answer.get("instances")} instances.

  Status page   http://127.0.0.1:{http_port}/
  DICOMweb      http://127.0.0.1:{http_port}/dicomweb/studies
  DICOM         ISOCENTER at 127.0.0.1:{dicom_port}, for example
                findscu -S -aec ISOCENTER 127.0.0.1 {dicom_port} -k QueryRetrieveLevel=STUDY -k PatientName

  make demo-stop   ends it
"""
    )


def running(folder: Path) -> int | None:
    """Return the process id of this folder's server, if it runs."""
    try:
        process = int((folder / "server.pid").read_text())
        command = Path(f"/proc/{process}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return process if b"serve" in command and os.fsencode(str(folder / "data")) in command else None


def stop(folder: Path) -> int:
    process = running(folder)
    if process is None:
        print("No demo is running.")
        return 0
    os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + WAIT_SECONDS
    while running(folder) and time.monotonic() < deadline:
        time.sleep(0.1)  # another process: there is no event to wait for
    if running(folder):
        print(f"The server (process {process}) does not end.")
        return 1
    (folder / "server.pid").unlink(missing_ok=True)
    print("The demo is stopped; its data stays until `make clean`.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["start", "stop"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--http-port", type=int, default=8080)
    parser.add_argument("--dicom-port", type=int, default=11112)
    given = parser.parse_args()
    if given.action == "stop":
        return stop(given.data)
    return start(given.data, given.http_port, given.dicom_port)


if __name__ == "__main__":
    raise SystemExit(main())
