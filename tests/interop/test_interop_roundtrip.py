"""What a peer puts on the wire comes back bit for bit, whichever way it is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from isocenter.services.samples import write_samples
from support.corpus import CorpusFile, batches, chunks, corpus_files, read_corpus_file
from support.dicomweb import fetch_with_curl, fetch_with_dicomweb_client
from support.part10 import IMPLICIT_VR_LITTLE_ENDIAN, Part10
from support.receivers import store_with_dcmtk, store_with_pynetdicom, storescu_profile
from support.routes import GETSCU_OPTIONS, Fetched, by_getscu, by_movescu, by_pynetdicom_getscu, by_pynetdicom_movescu
from support.server import Peer, Server, free_port, running_server
from support.wire import RecordingProxy, Stored

pytestmark = [pytest.mark.peer, pytest.mark.timeout(900), pytest.mark.filterwarnings("ignore::UserWarning:pydicom")]

MOVER = "MOVER"
STANDARD = "1.2.840.10008."
UNKNOWN_TO_PEERS = frozenset(
    f"1.2.840.10008.{end}"
    for end in (
        "1.2.4.201", "1.2.4.202", "1.2.4.203", "1.2.4.110", "1.2.8.1", "1.2.1.98",  # HTJ2K, JPEG XL, frames deflated
        "1.2.4.57", "1.2.4.53", "1.2.4.55",  # JPEG processes 14, 6 and 8, and 10 and 12
        "5.1.4.1.1.66.7", "5.1.4.1.1.30", "5.1.4.1.1.91.1",  # label maps, parametric maps, bulk annotations
        "5.1.4.1.1.6",  # Ultrasound Image (Retired)
    )
)  # fmt: skip
"""What DCMTK 3.6.7 or pynetdicom 3.0.4 do not agree to receive."""

BATCHES = 17
"""As often as one SOP Instance UID occurs in the collection: each batch meets an empty server."""

NUMBERS = [0, *(pytest.param(number, marks=pytest.mark.exhaustive) for number in range(1, BATCHES))]
"""The first batch holds nine files of ten; the others take as long together and are left to a full run."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A server, a recorder before it, and a receiver of moves that it knows, behind another recorder."""

    server: Server
    proxy: RecordingProxy
    mover_proxy: RecordingProxy
    mover_port: int
    folder: Path


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    mover_port = free_port()
    with RecordingProxy(("127.0.0.1", mover_port)) as mover_proxy:
        peers = [Peer(MOVER, mover_proxy.port)]
        with running_server(folder / "server", peers=peers) as server, RecordingProxy(server.address) as proxy:
            yield Bench(server, proxy, mover_proxy, mover_port, folder)


def through_dcmtk(bench: Bench, files: Sequence[CorpusFile]) -> None:
    """Store with storescu; fetch with getscu, movescu and curl."""
    wire = store(bench, files, "dcmtk")
    studies = studies_of(files, wire)
    plain = {uid: sent for uid, sent in wire.items() if sent.transfer_syntax_uid in GETSCU_OPTIONS}
    assert_as_sent(plain, by_getscu(bench.proxy, by_syntax(plain), bench.folder / "getscu"))
    movescu = by_movescu(bench.server, MOVER, bench.mover_port, bench.mover_proxy, studies, bench.folder / "movescu")
    assert_as_sent(wire, movescu)
    paths = [f"/studies/{study}" for study in studies]
    assert_all_as_sent(wire, by_uid(fetch_with_curl(bench.server, paths, bench.folder / "curl")))


def through_pynetdicom(bench: Bench, files: Sequence[CorpusFile]) -> None:
    """Store with pynetdicom's storescu; fetch with its getscu and movescu, and with dicomweb-client."""
    wire = store(bench, files, "pynetdicom")
    studies = studies_of(files, wire)
    implicit = {uid: sent for uid, sent in wire.items() if sent.transfer_syntax_uid == IMPLICIT_VR_LITTLE_ENDIAN}
    if implicit:  # what it puts first in its one context for each SOP class, so what it gets
        assert_as_sent(implicit, by_pynetdicom_getscu(bench.proxy, list(implicit), bench.folder / "getscu"))
    movescu = by_pynetdicom_movescu(
        bench.server, MOVER, bench.mover_port, bench.mover_proxy, studies, bench.folder / "movescu"
    )
    assert_as_sent(wire, movescu)
    assert_all_as_sent(wire, by_uid(fetch_with_dicomweb_client(bench.server, studies)))


def store(bench: Bench, files: Sequence[CorpusFile], peer: str) -> dict[str, Stored]:
    """Store files with a peer; gives what was on the wire and acknowledged. Nothing sound may be refused."""
    sent: list[Stored] = []
    for number, piece in enumerate(chunks(files)):
        paths = [file.path for file in piece]
        if peer == "dcmtk":
            profile = storescu_profile(
                bench.folder / f"{number}.profile", (file.sop_and_syntax for file in piece if all(file.sop_and_syntax))
            )
            store_with_dcmtk(bench.proxy.port, paths, profile)
        else:
            store_with_pynetdicom(bench.proxy.port, paths)
        sent += bench.proxy.take().stored
    refused = {each.sop_instance_uid: each for each in sent if each.status != 0}
    sound = {file.uid for file in files if not file.refusal and not file.malformed}
    assert not sound & set(refused), [(uid, each.status, each.error_comment) for uid, each in refused.items()]
    wire = {each.sop_instance_uid: each for each in sent if each.status == 0}
    assert wire
    assert bench.server.health()["instances"] == len(wire)
    return wire


def by_syntax(wire: Mapping[str, Stored]) -> dict[str, list[str]]:
    """SOP Instance UIDs by transfer syntax."""
    found: dict[str, list[str]] = defaultdict(list)
    for uid, sent in wire.items():
        found[sent.transfer_syntax_uid].append(uid)
    return found


def studies_of(files: Iterable[CorpusFile], wire: Mapping[str, Stored]) -> list[str]:
    return list(dict.fromkeys(file.identity.study_instance_uid for file in files if file.uid in wire))


def by_uid(files: Iterable[Part10]) -> dict[str, Part10]:
    return {file.sop_instance_uid: file for file in files}


def assert_as_sent(wire: Mapping[str, Stored], fetched: Fetched) -> None:
    """All came back that the peer agreed to take; what it did not is of a class or encoding that it does not know."""
    taken = {
        uid: sent for uid, sent in wire.items() if (sent.sop_class_uid, sent.transfer_syntax_uid) in fetched.agreed
    }
    left = [(sent.sop_class_uid, sent.transfer_syntax_uid) for uid, sent in wire.items() if uid not in taken]
    unexpected = [pair for pair in left if pair[0].startswith(STANDARD) and not UNKNOWN_TO_PEERS & set(pair)]
    assert not unexpected, unexpected
    assert_all_as_sent(taken, {uid: each for uid, each in fetched.came.items() if uid in taken})


def assert_all_as_sent(wire: Mapping[str, Stored], came: Mapping[str, Part10 | Stored]) -> None:
    """Each instance came back, in the transfer syntax that it was sent in, with every byte of its data set."""
    missing = [uid for uid in wire if uid not in came]
    assert not missing, f"{len(missing)} of {len(wire)} did not come back, such as {missing[:5]}"
    other = [
        (uid, sent.transfer_syntax_uid, came[uid].transfer_syntax_uid, len(sent.data_set), len(came[uid].data_set))
        for uid, sent in wire.items()
        if (sent.transfer_syntax_uid, sent.data_set) != (came[uid].transfer_syntax_uid, came[uid].data_set)
    ]
    assert not other, other[:5]
    assert set(came) == set(wire)


@pytest.mark.corpus
@pytest.mark.parametrize("number", NUMBERS)
def test_what_dcmtk_sends_of_the_collection_comes_back_as_it_was_on_the_wire(
    corpus: Path, tmp_path: Path, number: int
) -> None:
    with bench(tmp_path) as bench_:
        through_dcmtk(bench_, batch_of(corpus, number))


@pytest.mark.corpus
@pytest.mark.parametrize("number", NUMBERS)
def test_what_pynetdicom_sends_of_the_collection_comes_back_as_it_was_on_the_wire(
    corpus: Path, tmp_path: Path, number: int
) -> None:
    with bench(tmp_path) as bench_:
        through_pynetdicom(bench_, batch_of(corpus, number))


def batch_of(corpus: Path, number: int) -> list[CorpusFile]:
    spread = batches(corpus_files(corpus))
    assert len(spread) == BATCHES
    return spread[number]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[CorpusFile]:
    """Every instance of every sample study."""
    report = write_samples(tmp_path_factory.mktemp("samples"))
    return [read_corpus_file(path.name, path) for written in report.written for path in written.files]


def test_every_sample_study_comes_back_to_dcmtk_as_it_was_on_the_wire(
    samples: list[CorpusFile], tmp_path: Path
) -> None:
    with bench(tmp_path) as bench_:
        through_dcmtk(bench_, samples)


def test_every_sample_study_comes_back_to_pynetdicom_as_it_was_on_the_wire(
    samples: list[CorpusFile], tmp_path: Path
) -> None:
    with bench(tmp_path) as bench_:
        through_pynetdicom(bench_, samples)
