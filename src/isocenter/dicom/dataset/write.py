"""Data set to bytes: implicit and explicit VR, both byte orders, deflated (PS3.5 section 7, annex A)."""

from __future__ import annotations

import struct
import zlib

from isocenter.dicom.byte_order import swapped
from isocenter.dicom.dataset.model import DataSet, Element, Fragments
from isocenter.dicom.transfer_syntax import TransferSyntax, walked_as
from isocenter.dicom.vr import SHORT_FORM, SPACE_PADDED
from isocenter.errors import DataSetError

__all__ = ["write_data_set"]

UNDEFINED = 0xFFFFFFFF
DEEPEST = 64


def write_data_set(data_set: DataSet, transfer_syntax_uid: str) -> bytes:
    """Encode a data set: elements ascending, sequences and items with defined lengths, values of even length.

    Raises DataSetError for what cannot be written: a value left elsewhere (`BulkData`), one of 4 GiB or
    more, fragments in a native syntax, sequences deeper than 64.
    """
    syntax = walked_as(transfer_syntax_uid)
    written = b"".join(_elements(data_set, syntax, 0))
    if not syntax.deflated:
        return written
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = stream.compress(written) + stream.flush()
    return deflated + b"\0" if len(deflated) & 1 else deflated  # PS3.5 A.5


def _elements(data_set: DataSet, syntax: TransferSyntax, depth: int) -> list[bytes]:
    if depth > DEEPEST:
        raise DataSetError(f"sequences are nested deeper than {DEEPEST}")
    parts: list[bytes] = []
    for element in data_set.elements():
        value = element.value
        if isinstance(value, bytes):
            _append_plain(parts, element, value, syntax)
        elif isinstance(value, list):
            _append_sequence(parts, element, value, syntax, depth)
        elif isinstance(value, Fragments):
            _append_fragments(parts, element, value, syntax)
        else:
            raise DataSetError("the value was left elsewhere and cannot be written", tag=element.tag)
    return parts


def _append_plain(parts: list[bytes], element: Element, value: bytes, syntax: TransferSyntax) -> None:
    if len(value) & 1:
        value += b" " if element.vr in SPACE_PADDED else b"\0"
    if syntax.big_endian:
        value = swapped(value, element.vr)
    parts.append(_header(element.tag, element.vr, len(value), syntax))
    parts.append(value)


def _append_sequence(
    parts: list[bytes], element: Element, items: list[DataSet], syntax: TransferSyntax, depth: int
) -> None:
    body: list[bytes] = []
    for item in items:
        written = b"".join(_elements(item, syntax, depth + 1))
        body.append(_item_header(0xE000, len(written), syntax))
        body.append(written)
    parts.append(_header(element.tag, "SQ", sum(map(len, body)), syntax))
    parts.extend(body)


def _append_fragments(parts: list[bytes], element: Element, fragments: Fragments, syntax: TransferSyntax) -> None:
    if not syntax.encapsulated:
        raise DataSetError(f"{syntax.name} does not carry encapsulated pixel data", tag=element.tag)
    parts.append(_header(element.tag, element.vr, UNDEFINED, syntax))
    for fragment in (fragments.offset_table, *fragments.items):
        even = fragment + b"\0" if len(fragment) & 1 else fragment
        parts.append(_item_header(0xE000, len(even), syntax))
        parts.append(even)
    parts.append(_item_header(0xE0DD, 0, syntax))


def _header(tag: int, vr: str, length: int, syntax: TransferSyntax) -> bytes:
    order = ">" if syntax.big_endian else "<"
    if length > UNDEFINED:
        raise DataSetError("a value of 4 GiB or more cannot be written", tag=tag)
    if syntax.implicit_vr:
        return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, length)
    if vr in SHORT_FORM:
        if length > 0xFFFF:  # too long for the short form: then it is UN (PS3.5 6.2.2)
            return struct.pack(order + "HH2sHI", tag >> 16, tag & 0xFFFF, b"UN", 0, length)
        return struct.pack(order + "HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), length)
    return struct.pack(order + "HH2sHI", tag >> 16, tag & 0xFFFF, vr.encode(), 0, length)


def _item_header(element: int, length: int, syntax: TransferSyntax) -> bytes:
    return struct.pack(">HHI" if syntax.big_endian else "<HHI", 0xFFFE, element, length)
