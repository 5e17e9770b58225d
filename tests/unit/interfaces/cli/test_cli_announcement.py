"""What ``serve`` says when the doors are open."""

from __future__ import annotations

from typing import Any

import pytest

from isocenter import __version__
from isocenter.interfaces.cli.commands.serve import announcement
from isocenter.settings import load_settings
from unit.interfaces.cli.conftest import Run


def said(**dimse: Any) -> str:
    peers = dimse.pop("peers", {})
    return "\n".join(announcement(load_settings(overrides={"dimse": dimse, "peers": peers}, environment={}), 11, 80))


def test_with_no_peers_nobody_is_let_in_and_the_way_in_is_shown() -> None:
    assert "lets in nobody yet" in said()
    assert "isocenter peers --add" in said()
    assert "127.0.0.1:11, reached from this machine only" in said()


def test_known_peers_are_named() -> None:
    assert "the peers A1, B2, and nobody else" in said(peers={"b": {"ae_title": "B2"}, "a": {"ae_title": "A1"}})


@pytest.mark.parametrize(
    ("host", "reach"),
    [
        ("0.0.0.0", "every network"),
        ("::", "every network"),
        ("10.1.1.1", "the network of 10.1.1.1"),
        ("::1", "this machine"),
    ],
)
def test_an_open_door_is_called_open(host: str, reach: str) -> None:
    text = said(host=host, accept_any_ae=True)
    assert reach in text
    assert "every caller, whatever its AE title" in text


def test_the_version_is_told(isocenter: Run) -> None:
    assert isocenter("--version").out == f"isocenter {__version__}\n"


def test_wrong_usage_exits_with_two(isocenter: Run) -> None:
    assert isocenter("find", "--level", "planet").code == 2
    assert isocenter("nonsense").code == 2
