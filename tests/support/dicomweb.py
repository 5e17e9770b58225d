"""WADO-RS with ``curl`` and with ``dicomweb-client``: the bytes of every part, as they came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import requests
from dicomweb_client.api import DICOMwebClient

from support.part10 import Part10, split_part10
from support.receivers import run_peer
from support.server import Server

ACCEPT_AS_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*'


def parts_of(content_type: str, body: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """Take a multipart/related body apart (RFC 2046 5.1); each part as headers and bytes."""
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    assert content_type.startswith("multipart/related"), content_type
    assert match, content_type
    delimiter = b"--" + match.group(1).encode()
    at = body.index(delimiter)
    while body[at + len(delimiter) : at + len(delimiter) + 2] != b"--":
        start = body.index(b"\r\n\r\n", at) + 4
        head = body[at + len(delimiter) + 2 : start - 4].decode("ascii")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (h.partition(":") for h in head.split("\r\n"))
        }
        length = int(headers["content-length"])
        yield headers, body[start : start + length]
        at = start + length + 2
        assert body[start + length : at] == b"\r\n"
        assert body[at : at + len(delimiter)] == delimiter


def files_of(content_type: str, body: bytes) -> list[Part10]:
    return [split_part10(content) for _, content in parts_of(content_type, body)]


def fetch_with_curl(server: Server, paths: Sequence[str], folder: Path) -> list[Part10]:
    """GET resources as stored, all in one run of curl."""
    folder.mkdir(parents=True, exist_ok=True)
    config = []
    for number, path in enumerate(paths):
        config += [f'url = "{server.dicomweb}{path}"', f'output = "{folder / f"{number}.body"}"']
        config += [f'dump-header = "{folder / f"{number}.head"}"', f"header = {_quoted('Accept: ' + ACCEPT_AS_STORED)}"]
        config += ["silent", "show-error", "fail", 'noproxy = "*"', "next"]
    file = folder / "curl.config"
    file.write_text("\n".join(config[:-1]) + "\n")
    run_peer("curl", "--config", str(file))
    found: list[Part10] = []
    for number in range(len(paths)):
        head = (folder / f"{number}.head").read_text("ascii")
        content_type = next(line[13:].strip() for line in head.splitlines() if line.lower().startswith("content-type:"))
        found += files_of(content_type, (folder / f"{number}.body").read_bytes())
    return found


def client_for(server: Server) -> tuple[DICOMwebClient, list[requests.Response]]:
    """A dicomweb-client, and the list into which its answers go as they come."""
    answers: list[requests.Response] = []

    def keep(answer: requests.Response, **_: Any) -> None:  # Any: what requests passes to hooks
        answers.append(answer)

    session = requests.Session()
    session.trust_env = False
    session.hooks["response"].append(keep)
    return DICOMwebClient(url=server.dicomweb, session=session), answers


def fetch_with_dicomweb_client(server: Server, studies: Sequence[str]) -> list[Part10]:
    """Retrieve studies as stored; the library must make as many data sets of each as there are parts."""
    client, answers = client_for(server)
    found: list[Part10] = []
    for study in studies:
        answers.clear()
        data_sets = client.retrieve_study(study, media_types=(("application/dicom", "*"),))
        parts = files_of(answers[-1].headers["content-type"], answers[-1].content)
        assert len(data_sets) == len(parts)
        found += parts
    return found


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
