"""The statuses that a peer sees when something is wrong: the exact code, a reason in words, and nothing half stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.uid import generate_uid

from support.dicomweb import fetch_with_curl
from support.objects import MR_IMAGE_STORAGE, ROOT, Place, mr, under
from support.raw_sender import VERIFICATION, Answer, Closed, Outgoing, RawPeer, Rejected, send_all
from support.receivers import run_peer, running_storescp
from support.server import Peer, Server, isocenter, running_server
from support.wire import RecordingProxy

IMPLICIT = "1.2.840.10008.1.2"
ECHO = {1: (VERIFICATION, [IMPLICIT])}

pytestmark = [pytest.mark.peer]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server open to everybody, which each test meets with objects of its own."""
    strict = Peer("STRICT", extra={"conflicts": "refuse"})
    with running_server(tmp_path_factory.mktemp("status"), peers=[strict]) as running:
        yield running


@pytest.fixture
def place(server: Server, request: pytest.FixtureRequest) -> Place:
    """A study that no other test uses."""
    study = str(generate_uid(f"{ROOT}.", entropy_srcs=[request.node.nodeid]))[:50]
    return Place(study, f"{study}.1", f"P-{study[-6:]}")


def rejected(address: tuple[str, int], **who: str) -> tuple[int, int, int]:
    with RawPeer(address, **who) as peer, pytest.raises(Rejected) as caught:  # type: ignore[arg-type]
        peer.associate(ECHO)
    return caught.value.triple


def store(server: Server, made: Outgoing, calling: str = "RAWPEER") -> Answer:
    return send_all(server.address, [made], calling=calling)[0]


def stored(server: Server, place: Place, folder: Path) -> dict[str, bytes]:
    """Data sets of what a study serves; empty when there is no such study."""
    try:
        came = fetch_with_curl(server, [f"/studies/{place.study_instance_uid}"], folder)
    except AssertionError:
        return {}
    return {part10.sop_instance_uid: part10.data_set for part10 in came}


def exceptions_of(server: Server, made: Outgoing) -> list[str]:
    listed = json.loads(isocenter(server.folder, "exceptions", "--json").stdout)
    return [entry["kind"] for entry in listed if entry["SOPInstanceUID"] == made.sop_instance_uid]


# Associations.


def test_a_called_title_that_is_not_ours_is_rejected_for_that(server: Server) -> None:
    assert rejected(server.address, called="SOMEBODY") == (1, 1, 7)


def test_a_caller_that_no_peer_names_is_rejected_and_listed_with_the_command_that_admits_it(tmp_path: Path) -> None:
    with running_server(tmp_path, peers=[Peer("KNOWN_CT")], accept_any_ae=False) as server:
        assert rejected(server.address, calling="KNOWN_CT2") == (1, 1, 3)
        with RawPeer(server.address, calling="KNOWN_CT") as peer:
            peer.associate(ECHO)
            assert peer.echo(1).status == 0
        listed = json.loads(isocenter(tmp_path, "peers", "--knocking", "--json").stdout)
        assert [(knock["calling_ae_title"], knock["near_miss"]) for knock in listed] == [("KNOWN_CT2", "KNOWN_CT")]
        assert "KNOWN_CT2" in listed[0]["remedy"]


def test_associations_beyond_the_most_are_turned_away_for_now(tmp_path: Path) -> None:
    with running_server(tmp_path, dimse={"max_associations": 2}) as server:
        peers = [RawPeer(server.address) for _ in range(2)]
        for peer in peers:
            peer.associate(ECHO)
        assert rejected(server.address) == (2, 3, 2)
        peers[0].release()
        with RawPeer(server.address) as again:
            again.associate(ECHO)
            assert again.echo(1).status == 0
        assert peers[1].echo(1).status == 0
        peers[1].release()


def test_contexts_that_nobody_offers_are_refused_one_by_one(server: Server) -> None:
    with RawPeer(server.address) as peer:
        peer.associate({1: (VERIFICATION, [IMPLICIT]), 3: ("1.2.840.10008.5.1.1.9", [IMPLICIT])})
        assert peer.results[1] == (0, IMPLICIT)
        assert peer.results[3][0] == 3
        assert peer.echo(1).status == 0


# Storing.


def test_another_instance_than_the_command_says_is_refused(server: Server, place: Place, tmp_path: Path) -> None:
    answer = store(server, under(f"{place.series_instance_uid}.99", mr(1, place)))
    assert (answer.status, answer.offending_element) == (0xA900, 0x00080018)
    assert "SOP Instance UID" in answer.error_comment
    assert stored(server, place, tmp_path) == {}


def test_another_class_than_the_command_says_is_refused(server: Server, place: Place, tmp_path: Path) -> None:
    answer = store(server, mr(1, place, SOPClassUID="1.2.840.10008.5.1.4.1.1.2"))
    assert (answer.status, answer.offending_element) == (0xA900, 0x00080016)
    assert stored(server, place, tmp_path) == {}


@pytest.mark.parametrize("cut", [1, 20, 40, 300])
def test_a_data_set_cut_short_is_refused(server: Server, place: Place, tmp_path: Path, cut: int) -> None:
    made = mr(1, place)
    short = Outgoing(made.sop_class_uid, made.sop_instance_uid, made.transfer_syntax_uid, made.data_set[:-cut])
    answer = store(server, short)
    assert answer.status == 0xC000
    assert answer.error_comment
    assert stored(server, place, tmp_path) == {}


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"])
def test_a_data_set_without_one_of_its_uids_is_refused(server: Server, place: Place, keyword: str) -> None:
    answer = store(server, mr(1, place, **{keyword: None}))
    assert answer.status == 0xC001
    assert answer.offending_element in (0x0020000D, 0x0020000E, 0x00080018, 0x00080016)


@pytest.mark.parametrize("uid", ["1.2.x", "1..2", "1.2.03", "1." + "2" * 63 + ".1"])
def test_a_study_uid_that_is_none_is_refused(server: Server, place: Place, uid: str) -> None:
    with pytest.warns(UserWarning):
        made = mr(1, place, StudyInstanceUID=uid)
    assert store(server, made).status == 0xC002


def test_error_comments_fit_their_element(server: Server, place: Place) -> None:
    answer = store(server, mr(1, place, StudyInstanceUID=None))
    assert 0 < len(answer.error_comment) <= 64


# Conflicts.


def test_the_same_object_again_is_a_success_and_no_conflict(server: Server, place: Place, tmp_path: Path) -> None:
    made = mr(1, place)
    assert [store(server, made).status for _ in range(3)] == [0, 0, 0]
    assert exceptions_of(server, made) == []
    assert stored(server, place, tmp_path) == {made.sop_instance_uid: made.data_set}


def test_other_pixels_under_a_known_uid_are_kept_aside(server: Server, place: Place, tmp_path: Path) -> None:
    first, second = mr(1, place), mr(1, place, pixels=bytes(range(32)))
    assert [store(server, made).status for made in (first, second)] == [0, 0]
    assert exceptions_of(server, first) == ["other-pixels"]
    assert stored(server, place, tmp_path) == {first.sop_instance_uid: first.data_set}


def test_another_patient_under_a_known_uid_is_kept_aside(server: Server, place: Place, tmp_path: Path) -> None:
    first, second = mr(1, place), mr(1, place, PatientID="SOMEBODY-ELSE")
    assert [store(server, made).status for made in (first, second)] == [0, 0]
    assert exceptions_of(server, first) == ["other-patient"]
    assert stored(server, place, tmp_path) == {first.sop_instance_uid: first.data_set}


def test_another_study_under_a_known_uid_is_kept_aside(server: Server, place: Place, tmp_path: Path) -> None:
    first, second = mr(1, place), mr(1, place, StudyInstanceUID=f"{place.study_instance_uid}.7")
    assert [store(server, made).status for made in (first, second)] == [0, 0]
    assert exceptions_of(server, first) == ["other-study"]
    assert stored(server, place, tmp_path) == {first.sop_instance_uid: first.data_set}


def test_a_second_source_never_displaces_the_first(server: Server, place: Place, tmp_path: Path) -> None:
    first, second = mr(1, place), mr(1, place, SeriesDescription="as the gateway wrote it")
    assert [store(server, first, "MODALITY").status, store(server, second, "GATEWAY").status] == [0, 0]
    assert exceptions_of(server, first) == ["second-source"]
    assert stored(server, place, tmp_path) == {first.sop_instance_uid: first.data_set}


def test_a_new_version_from_the_same_source_is_served(server: Server, place: Place, tmp_path: Path) -> None:
    first, second = mr(1, place), mr(1, place, SeriesDescription="corrected at the console")
    assert [store(server, made, "MODALITY").status for made in (first, second)] == [0, 0]
    assert stored(server, place, tmp_path) == {first.sop_instance_uid: second.data_set}


def test_a_peer_that_wants_conflicts_refused_has_them_refused(server: Server, place: Place, tmp_path: Path) -> None:
    first, second = mr(1, place), mr(1, place, pixels=bytes(range(32)))
    assert store(server, first, "STRICT").status == 0
    answer = store(server, second, "STRICT")
    assert answer.status == 0xC003
    assert answer.error_comment
    assert stored(server, place, tmp_path) == {first.sop_instance_uid: first.data_set}


# Moving.


def move(server: Server, destination: str, study: str) -> str:
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study}"]
    arguments = ["-v", "-S", "-aec", "ISOCENTER", "-aem", destination, *keys, "127.0.0.1", str(server.dicom_port)]
    done = run_peer("movescu", *arguments, check=False)
    return done.stdout + done.stderr


def test_a_move_to_a_stranger_connects_to_nobody(tmp_path: Path) -> None:
    with (
        RecordingProxy(("127.0.0.1", 1)) as elsewhere,
        running_server(tmp_path, peers=[Peer("FRIEND", elsewhere.port)]) as server,
    ):
        made = mr(1)
        assert store(server, made, "STRANGER").status == 0
        assert "MoveDestinationUnknown" in move(server, "STRANGER", Place().study_instance_uid)
        assert "MoveDestinationUnknown" in move(server, "127.0.0.1", Place().study_instance_uid)
        assert elsewhere.connections == 0


def test_a_move_to_a_destination_that_is_down_fails_for_that(tmp_path: Path) -> None:
    with running_server(tmp_path, peers=[Peer("DOWN", 1)]) as server:
        assert store(server, mr(1)).status == 0
        assert "Refused: OutOfResourcesSubOperations" in move(server, "DOWN", Place().study_instance_uid)


def test_a_move_of_nothing_is_a_success_and_a_partial_one_is_not(tmp_path: Path) -> None:
    with running_storescp(tmp_path / "out", "+xi") as receiver:
        with running_server(tmp_path / "server", peers=[Peer("STORESCP", receiver.port)]) as server:
            assert "Final Move Response (Success" in move(server, "STORESCP", f"{ROOT}.404")
            jpeg = Outgoing(MR_IMAGE_STORAGE, mr(2).sop_instance_uid, "1.2.840.10008.1.2.4.70", mr(2).data_set)
            assert [answer.status for answer in send_all(server.address, [mr(1), jpeg])] == [0, 0]
            assert "SubOperationsCompleteOneOrMoreFailures" in move(server, "STORESCP", Place().study_instance_uid)
        assert set(receiver.received()) == {mr(1).sop_instance_uid}


def test_what_comes_after_a_refusal_on_the_same_association_is_stored(server: Server, place: Place) -> None:
    good, bad = mr(1, place), mr(2, place, StudyInstanceUID=None)
    answers = send_all(server.address, [bad, good, bad, mr(3, place)])
    assert [answer.status for answer in answers] == [0xC001, 0, 0xC001, 0]


def test_a_sender_that_vanishes_leaves_nothing(server: Server, place: Place, tmp_path: Path) -> None:
    made = mr(1, place, pixels=bytes(32))
    for end in ("close", "reset"):
        with RawPeer(server.address) as peer:
            peer.associate({1: (MR_IMAGE_STORAGE, [made.transfer_syntax_uid])})
            pieces = list(peer.store_pdus(1, made.sop_class_uid, made.sop_instance_uid, made.data_set, split=[100]))
            for piece in pieces[:-1]:
                peer.send(piece)
            if end == "reset":
                peer.reset()
    with RawPeer(server.address) as peer:
        peer.associate(ECHO)
        assert peer.echo(1).status == 0
    assert stored(server, place, tmp_path) == {}


def test_an_abort_is_understood(server: Server) -> None:
    with RawPeer(server.address) as peer:
        peer.associate(ECHO)
        peer.send(b"\x07\x00\x00\x00\x00\x04\x00\x00\x00\x00")
        with pytest.raises(Closed):
            peer.receive()
