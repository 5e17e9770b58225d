"""Reading fields out of bytes that somebody else wrote: no read goes past the end, and nothing is assumed."""

from __future__ import annotations

from collections.abc import Iterator

from isocenter.protocol.upper_layer.malformed import MalformedPdu
from isocenter.protocol.upper_layer.pdu import AbortReason


class Cursor:
    """A place in a bounded run of bytes. Every read raises `MalformedPdu` when the bytes are not there."""

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def remaining(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._position

    def take(self, size: int) -> bytes:
        """Read that many bytes."""
        if size > self.remaining:
            raise MalformedPdu("A length in a PDU is larger than what holds it.")
        start = self._position
        self._position = start + size
        return self._data[start : self._position]

    def integer(self, size: int) -> int:
        """Read an unsigned big endian number of that many bytes."""
        return int.from_bytes(self.take(size), "big")

    def sized(self) -> bytes:
        """Read bytes that follow their own 16-bit length."""
        return self.take(self.integer(2))

    def uid(self, size: int, longest: int) -> str:
        """Read a UID of that many bytes, `longest` at the most, without the padding that some peers add."""
        raw = self.take(size).rstrip(b"\0 ")
        if len(raw) > longest:
            raise MalformedPdu(f"A UID in a PDU is longer than {longest} bytes.")
        try:
            return raw.decode("ascii")
        except UnicodeDecodeError:
            raise MalformedPdu("A UID in a PDU holds bytes beyond ASCII.") from None

    def items(self) -> Iterator[tuple[int, Cursor]]:
        """Read the rest as items: type and content of each (PS3.8 9.3.1)."""
        while self.remaining:
            kind = self.integer(1)
            self.take(1)
            yield kind, Cursor(self.sized())


def once(present: object, name: str) -> None:
    """Refuse a second item of a kind that may come once."""
    if present is not None:
        raise MalformedPdu(f"A PDU holds {name} twice.", AbortReason.UNEXPECTED_PARAMETER)
