"""What is to be sent, as a list of buffers: payload is never copied."""

from __future__ import annotations

from struct import Struct

from isocenter.protocol.upper_layer.encode import encode
from isocenter.protocol.upper_layer.limits import PDV_HEADER_BYTES, UpperLayerLimits
from isocenter.protocol.upper_layer.pdu import Abort, Pdu, PduType

Buffer = bytes | bytearray | memoryview

_HEADERS = Struct(">BxIIBB")
"""Header of a P-DATA-TF PDU and of the one PDV in it (PS3.8 9.3.5)."""


class DataWriter:
    """Queue of whole PDUs, and the cutting of data to the peer's size."""

    __slots__ = ("_limits", "_queue", "peer_maximum_length")

    def __init__(self, limits: UpperLayerLimits) -> None:
        self._limits = limits
        self._queue: list[Buffer] = []
        self.peer_maximum_length = 0
        """As the peer gave it; 0 for any (PS3.8 D.1)."""

    @property
    def fragment_bytes(self) -> int:
        """Longest piece that goes into one PDU: even, since receivers may insist on even fragments."""
        ours = self._limits.send_pdu_bytes
        longest = min(self.peer_maximum_length or ours, ours)
        return (longest - PDV_HEADER_BYTES) & ~1

    def pdu(self, pdu: Pdu) -> None:
        """Queue a PDU. An abort goes before all that nobody has fetched: the queue holds whole PDUs only."""
        if isinstance(pdu, Abort):
            self._queue.clear()
        self._queue.append(encode(pdu))

    def data(self, context_id: int, is_command: bool, is_last: bool, data: Buffer) -> None:
        """Queue data in as many P-DATA-TF PDUs as it takes, at least one."""
        view = memoryview(data)
        size = len(view)
        step = self.fragment_bytes
        kind = int(is_command)
        queue = self._queue
        start = 0
        while True:
            stop = min(start + step, size)
            length = stop - start
            control = kind | 2 if is_last and stop == size else kind
            queue.append(_HEADERS.pack(PduType.P_DATA_TF, length + PDV_HEADER_BYTES, length + 2, context_id, control))
            if length:
                queue.append(view[start:stop])
            start = stop
            if start >= size:
                return

    def take(self) -> list[Buffer]:
        """Empty the queue into the caller's hands."""
        queue, self._queue = self._queue, []
        return queue
