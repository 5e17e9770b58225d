"""Small pure builders of encoded elements, right and wrong ones alike.

Import it as ``from unit.dicom.build import LITTLE`` (``tests`` is on the path).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from isocenter.dicom.vr import SHORT_FORM
from isocenter.dicom.walk import Walker

UNDEFINED = 0xFFFFFFFF
EXPLICIT_LE = "1.2.840.10008.1.2.1"
IMPLICIT_LE = "1.2.840.10008.1.2"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4.50"
RLE = "1.2.840.10008.1.2.5"
HEVC = "1.2.840.10008.1.2.4.107"
PRIVATE_SYNTAX = "1.3.46.670589.33.1.4.1"
GE_PRIVATE = "1.2.840.113619.5.2"


@dataclass(frozen=True)
class Encoder:
    """One encoding of elements."""

    order: str = "<"
    implicit: bool = False

    def element(self, tag: int, vr: str, value: bytes = b"", *, length: int | None = None) -> bytes:
        """One element; ``length`` overrides what its header says."""
        group, number = tag >> 16, tag & 0xFFFF
        size = len(value) if length is None else length
        if self.implicit:
            return struct.pack(self.order + "HHI", group, number, size) + value
        if vr in SHORT_FORM:
            return struct.pack(self.order + "HH2sH", group, number, vr.encode(), size) + value
        return struct.pack(self.order + "HH2sHI", group, number, vr.encode("latin-1"), 0, size) + value

    def us(self, tag: int, number: int) -> bytes:
        return self.element(tag, "US", struct.pack(self.order + "H", number))

    def marker(self, number: int, length: int = 0) -> bytes:
        """An item or delimiter header: E000, E00D or E0DD."""
        return struct.pack(self.order + "HHI", 0xFFFE, number, length)

    def item(self, body: bytes = b"", *, undefined: bool = False) -> bytes:
        if undefined:
            return self.marker(0xE000, UNDEFINED) + body + self.marker(0xE00D)
        return self.marker(0xE000, len(body)) + body

    def sequence(self, tag: int, *items: bytes, undefined: bool = False, vr: str = "SQ") -> bytes:
        body = b"".join(items)
        if undefined:
            return self.element(tag, vr, body + self.marker(0xE0DD), length=UNDEFINED)
        return self.element(tag, vr, body)

    def encapsulated(self, *fragments: bytes, table: bytes = b"", tag: int = 0x7FE00010) -> bytes:
        items = b"".join(self.item(fragment) for fragment in (table, *fragments))
        return self.element(tag, "OB", items + self.marker(0xE0DD), length=UNDEFINED)

    def image(self, rows: int, columns: int, bits: int, *, samples: int = 1, frames: int | None = None) -> bytes:
        """The attributes that say how long a frame is."""
        return b"".join(
            [
                self.us(0x00280002, samples),
                self.element(0x00280008, "IS", f"{frames:<4}".encode()) if frames is not None else b"",
                self.us(0x00280010, rows),
                self.us(0x00280011, columns),
                self.us(0x00280100, bits),
            ]
        )


LITTLE = Encoder()
BIG = Encoder(order=">")
IMPLICIT = Encoder(implicit=True)


def deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


def walk(data: bytes, transfer_syntax_uid: str = EXPLICIT_LE, *, chunk: int | None = None, **options):
    """Walk bytes in chunks of one size."""
    walker = Walker(transfer_syntax_uid, **options)
    step = chunk or max(1, len(data))
    for at in range(0, len(data), step):
        walker.feed(data[at : at + step])
    return walker.close()
