"""Deadlines of one association as values: nothing here waits."""

from __future__ import annotations

from isocenter.protocol.upper_layer.limits import UpperLayerLimits


class Timers:
    """ARTIM (PS3.8 9.1.5), and the time that a PDU may take from its first byte to its last."""

    __slots__ = ("_artim", "_limits", "_paused_at", "_pdu", "_pdu_bytes", "_pdu_number", "_pdu_start")

    def __init__(self, limits: UpperLayerLimits) -> None:
        self._limits = limits
        self._artim: float | None = None
        self._pdu: float | None = None
        self._pdu_start = 0.0
        self._pdu_number = 0
        self._pdu_bytes = 0
        self._paused_at: float | None = None

    @property
    def deadline(self) -> float | None:
        """The nearer of the two; while reading is paused the PDU's does not count."""
        pdu = self._pdu if self._paused_at is None else None
        if self._artim is None or pdu is None:
            return self._artim if pdu is None else pdu
        return min(self._artim, pdu)

    def start_artim(self, now: float) -> None:
        """Start, or start again."""
        self._artim = now + self._limits.artim_seconds

    def stop_artim(self) -> None:
        """Stop, running or not."""
        self._artim = None

    def artim_due(self, now: float) -> bool:
        """Whether ARTIM has expired."""
        return self._artim is not None and now >= self._artim

    def pdu_under_way(self, number: int, size: int, now: float) -> None:
        """Bytes came and the PDU of that number is not complete: `size` bytes of it are here.

        Its end is due by the absolute limit, and before that whenever the bytes so far fall behind the least rate.
        """
        if number != self._pdu_number or self._pdu is None:
            self._pdu_number = number
            self._pdu_start = now
        self._pdu_bytes = size
        self._pdu = self._due()

    def no_pdu(self) -> None:
        """No PDU is incomplete."""
        self._pdu = None

    def pdu_due(self, now: float) -> bool:
        """Whether the PDU under way has taken too long."""
        return self._pdu is not None and self._paused_at is None and now >= self._pdu

    def pause(self, now: float) -> None:
        """Hold the PDU's clock."""
        if self._paused_at is None:
            self._paused_at = now

    def resume(self, now: float) -> None:
        """Let the PDU's clock go on from where it was held."""
        if self._paused_at is not None:
            self._pdu_start += now - self._paused_at
            self._paused_at = None
            if self._pdu is not None:
                self._pdu = self._due()

    def stop(self) -> None:
        """Nothing is waited for any more."""
        self._artim = self._pdu = None

    def _due(self) -> float:
        limits = self._limits
        by_rate = limits.pdu_grace_seconds + self._pdu_bytes / limits.pdu_bytes_per_second
        return self._pdu_start + min(limits.pdu_seconds, by_rate)
