"""The ways in which stored instances come back, each through a real peer, as its wire or its files show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.part10 import EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, Part10
from support.receivers import received_in, run_peer, run_pynetdicom
from support.server import AE_TITLE, Server
from support.wire import RecordingProxy, Stored

GETSCU_OPTIONS = {
    EXPLICIT_VR_LITTLE_ENDIAN: "+xe",
    EXPLICIT_VR_BIG_ENDIAN: "+xb",
    "1.2.840.10008.1.2.1.99": "+xd",
}
"""Transfer syntaxes that getscu can put first. Not implicit VR: with +xi, DCMTK 3.6.7 asks for explicit VR."""

CHARACTERS_AT_ONCE = 3500
"""Of UIDs in one key: DCMTK drops a value of more than 4 KB."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back over one route."""

    came: dict[str, Part10 | Stored]
    agreed: frozenset[tuple[str, str]]
    """SOP class and transfer syntax of what the peer agreed to take."""


def by_getscu(proxy: RecordingProxy, uids: Mapping[str, Sequence[str]], folder: Path) -> Fetched:
    """Fetch instances (SOP Instance UIDs by transfer syntax) with ``getscu +B``: what is in its files."""
    came: dict[str, Part10 | Stored] = {}
    agreed: set[tuple[str, str]] = set()
    proxy.take()
    for syntax, wanted in uids.items():
        for number, some in enumerate(_portions(wanted)):
            into = folder / f"{syntax}-{number}"
            into.mkdir(parents=True)
            options = ["-S", "+B", GETSCU_OPTIONS[syntax], "-aec", AE_TITLE, "-od", str(into)]
            run_peer("getscu", *options, *_instances(some), "127.0.0.1", str(proxy.port), check=False)
            came |= received_in(into)
        agreed |= {pair for pair in proxy.take().agreed if pair[1] == syntax}
    return Fetched(came, frozenset(agreed))


def by_movescu(
    server: Server, ae_title: str, port: int, proxy: RecordingProxy, studies: Sequence[str], folder: Path
) -> Fetched:
    """Fetch studies with ``movescu +B``, which receives them itself on ``port`` behind ``proxy``: its files."""
    folder.mkdir(parents=True)
    options = ["-S", "+B", "+xa", "-aet", ae_title, "-aem", ae_title, "-aec", AE_TITLE, "+P", str(port)]
    proxy.take()
    for some in _portions(studies):
        # It writes to where it runs: with +B it takes no notice of its output folder.
        arguments = [*options, *_studies(some), "127.0.0.1", str(server.dicom_port)]
        run_peer("movescu", *arguments, check=False, folder=folder)
    return Fetched(dict(received_in(folder)), proxy.take().agreed)


def by_pynetdicom_getscu(proxy: RecordingProxy, uids: Sequence[str], folder: Path) -> Fetched:
    """Fetch instances with pynetdicom's getscu through a recording proxy: what was on the wire."""
    proxy.take()
    for some in _portions(uids):
        arguments = ["-S", "-aec", AE_TITLE, "-od", str(folder), *_instances(some), "127.0.0.1", str(proxy.port)]
        run_pynetdicom("getscu", *arguments)
    recorded = proxy.take()
    return Fetched(dict(recorded.by_uid()), recorded.agreed)


def by_pynetdicom_movescu(
    server: Server, ae_title: str, port: int, proxy: RecordingProxy, studies: Sequence[str], folder: Path
) -> Fetched:
    """Fetch studies with pynetdicom's movescu, whose own receiver lies behind ``proxy``: what was on the wire."""
    proxy.take()
    options = ["-S", "-aec", AE_TITLE, "-aet", ae_title, "-aem", ae_title, "--store", "--store-aet", ae_title]
    options += ["--store-port", str(port), "-od", str(folder)]
    for some in _portions(studies):
        run_pynetdicom("movescu", *options, *_studies(some), "127.0.0.1", str(server.dicom_port))
    recorded = proxy.take()
    return Fetched(dict(recorded.by_uid()), recorded.agreed)


def _portions(uids: Iterable[str]) -> list[list[str]]:
    portions: list[list[str]] = [[]]
    for uid in uids:
        if sum(len(each) + 1 for each in portions[-1]) + len(uid) > CHARACTERS_AT_ONCE:
            portions.append([])
        portions[-1].append(uid)
    return portions


def _instances(uids: Iterable[str]) -> list[str]:
    return ["-k", "QueryRetrieveLevel=IMAGE", "-k", "SOPInstanceUID=" + "\\".join(uids)]


def _studies(uids: Iterable[str]) -> list[str]:
    return ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=" + "\\".join(uids)]
