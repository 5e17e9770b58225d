"""Who may call: known peers, from where they may; and the list of those that were turned away."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import orjson

from isocenter.protocol.upper_layer import AssociateRequest, RejectReason
from isocenter.settings import DimseSettings, PeerSettings

__all__ = ["Callers", "Knock", "KnownCaller", "read_knocks"]

MAX_KNOCKS = 200
"""Different callers that are remembered: a list for people."""


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """A caller that may come in; ``peer`` is empty for one that no settings name."""

    name: str
    ae_title: str
    peer: PeerSettings | None


@dataclass(frozen=True, slots=True)
class Knock:
    """A caller that was turned away."""

    calling_ae_title: str
    called_ae_title: str
    address: str
    reason: str
    times: int
    last_at: float
    """Seconds since 1970-01-01 UTC."""
    near_miss: str = ""
    """A known peer whose title or address is nearly this one."""
    wrong_title: bool = False
    """Whether it called by a title that is not ours; who it is was not looked at then."""

    @property
    def remedy(self) -> str:
        """The one command that admits it; for a wrong called title, what to set."""
        if self.wrong_title:
            return f"isocenter serve --ae-title {self.called_ae_title!r}, or setting dimse.other_ae_titles"
        name = "".join(c if c.isalnum() else "-" for c in self.calling_ae_title.lower()).strip("-") or "peer"
        return f"isocenter peers --add {name} --ae-title {self.calling_ae_title!r} --host {self.address}"


class Callers:
    """Decides who may associate. Thread-safe."""

    def __init__(
        self,
        settings: DimseSettings,
        peers: Mapping[str, PeerSettings],
        clock: Callable[[], float],
        knocks_file: Path | None = None,
    ) -> None:
        self._settings = settings
        self._peers = {peer.ae_title: (name, peer) for name, peer in peers.items()}
        self._titles = {settings.ae_title, *settings.other_ae_titles}
        self._titles |= {peer.our_ae_title for peer in peers.values() if peer.our_ae_title}
        self._clock = clock
        self._file = knocks_file
        self._lock = threading.Lock()
        self._knocks = {_key(knock): knock for knock in read_knocks(knocks_file)}

    def admit(self, request: AssociateRequest, address: str) -> KnownCaller | RejectReason:
        """Say who calls, or why it is turned away (PS3.8 9.3.4)."""
        if request.called_ae_title not in self._titles:
            self._turned_away(request, address, f"called title {request.called_ae_title!r} is not ours", True)
            return RejectReason.CALLED_AE_NOT_RECOGNIZED
        name, peer = self._peers.get(request.calling_ae_title, ("", None))
        if peer is not None and _comes_from(peer, address):
            return KnownCaller(name, request.calling_ae_title, peer)
        if peer is None and self._settings.accept_any_ae:
            return KnownCaller("", request.calling_ae_title, None)
        why = "this title is not a known peer" if peer is None else "known title, but not from this address"
        self._turned_away(request, address, why)
        return RejectReason.CALLING_AE_NOT_RECOGNIZED

    def _turned_away(self, request: AssociateRequest, address: str, reason: str, wrong_title: bool = False) -> None:
        knock = Knock(
            calling_ae_title=request.calling_ae_title,
            called_ae_title=request.called_ae_title,
            address=address,
            reason=reason,
            times=1,
            last_at=self._clock(),
            near_miss="" if wrong_title else self._near_miss(request.calling_ae_title, address),
            wrong_title=wrong_title,
        )
        with self._lock:
            before = self._knocks.pop(_key(knock), None)
            self._knocks[_key(knock)] = replace(knock, times=before.times + 1) if before else knock
            while len(self._knocks) > MAX_KNOCKS:
                del self._knocks[next(iter(self._knocks))]
            if self._file is not None:
                _write(self._file, list(self._knocks.values()))

    def _near_miss(self, calling: str, address: str) -> str:
        titles = {title.upper(): title for title in self._peers}
        close = get_close_matches(calling.upper(), list(titles), n=1, cutoff=0.75)
        if close:
            return titles[close[0]]
        if ipaddress.ip_address(address).is_loopback:
            return ""
        return next((title for title, (_, peer) in self._peers.items() if peer.host == address), "")


def read_knocks(file: Path | None) -> list[Knock]:
    """Read the list of those that were turned away; empty when there is none yet."""
    if file is None or not file.is_file():
        return []
    try:
        return [Knock(**entry) for entry in orjson.loads(file.read_bytes())]
    except (ValueError, TypeError):
        return []


def _write(file: Path, knocks: list[Knock]) -> None:
    draft = file.with_suffix(".new")
    draft.write_bytes(orjson.dumps(knocks))
    draft.replace(file)


def _key(knock: Knock) -> tuple[str, str, str]:
    return knock.calling_ae_title, knock.called_ae_title, knock.address


def _comes_from(peer: PeerSettings, address: str) -> bool:
    if not peer.from_addresses:
        return True
    try:
        caller = ipaddress.ip_address(address)
        return any(caller in ipaddress.ip_network(network, strict=False) for network in peer.from_addresses)
    except ValueError:
        return False
