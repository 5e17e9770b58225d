"""Who may call, and what is remembered of those that were turned away."""

from __future__ import annotations

from pathlib import Path

import pytest

from isocenter.interfaces.dimse.callers import Callers, KnownCaller, read_knocks
from isocenter.protocol.upper_layer import AssociateRequest, PresentationContext, RejectReason, UserInformation
from isocenter.settings import DimseSettings, PeerSettings

PEERS = {
    "ct": PeerSettings(ae_title="CT1", host="192.0.2.7", from_addresses=("192.0.2.0/24",)),
    "ws": PeerSettings(ae_title="WORKSTATION", host="192.0.2.8", our_ae_title="ARCHIVE"),
}


def request(calling: str, called: str = "ISOCENTER") -> AssociateRequest:
    context = PresentationContext(1, "1.2.840.10008.1.1", ("1.2.840.10008.1.2",))
    return AssociateRequest(called, calling, (context,), UserInformation("1.2.3"))


def callers(tmp_path: Path, **settings: object) -> Callers:
    return Callers(DimseSettings(**settings), PEERS, lambda: 1000.0, tmp_path / "knocking.json")


def test_a_known_peer_comes_in_by_name(tmp_path: Path) -> None:
    assert callers(tmp_path).admit(request("CT1"), "192.0.2.7") == KnownCaller("ct", "CT1", PEERS["ct"])


def test_a_known_title_from_elsewhere_is_turned_away(tmp_path: Path) -> None:
    door = callers(tmp_path)
    assert door.admit(request("CT1"), "198.51.100.1") is RejectReason.CALLING_AE_NOT_RECOGNIZED
    assert "not from this address" in read_knocks(tmp_path / "knocking.json")[0].reason


def test_an_unknown_title_is_turned_away_and_listed_with_its_near_miss(tmp_path: Path) -> None:
    door = callers(tmp_path)
    for _ in range(3):
        assert door.admit(request("ct-1"), "192.0.2.9") is RejectReason.CALLING_AE_NOT_RECOGNIZED
    (knock,) = read_knocks(tmp_path / "knocking.json")
    assert (knock.calling_ae_title, knock.times, knock.near_miss) == ("ct-1", 3, "CT1")
    assert knock.remedy == "isocenter peers --add ct-1 --ae-title 'ct-1' --host 192.0.2.9"


def test_any_title_comes_in_where_the_operator_says_so(tmp_path: Path) -> None:
    known = callers(tmp_path, accept_any_ae=True).admit(request("NEW"), "192.0.2.9")
    assert known == KnownCaller("", "NEW", None)


def test_a_wrong_called_title_is_turned_away_even_then(tmp_path: Path) -> None:
    door = callers(tmp_path, accept_any_ae=True)
    assert door.admit(request("CT1", "PACS"), "192.0.2.7") is RejectReason.CALLED_AE_NOT_RECOGNIZED


def test_a_title_that_a_peer_uses_for_us_is_ours(tmp_path: Path) -> None:
    assert isinstance(callers(tmp_path).admit(request("WORKSTATION", "ARCHIVE"), "192.0.2.8"), KnownCaller)


@pytest.mark.parametrize("content", ["", "{", '[{"x": 1}]'])
def test_a_damaged_list_is_begun_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "knocking.json").write_text(content)
    assert read_knocks(tmp_path / "knocking.json") == []
