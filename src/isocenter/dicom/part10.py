"""The head of a DICOM file: preamble, prefix and file meta information (PS3.10 7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Final

from isocenter.dicom.dictionary import entry
from isocenter.dicom.transfer_syntax import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)
from isocenter.dicom.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from isocenter.dicom.vr import KNOWN, SHORT_FORM
from isocenter.errors import DataSetError

__all__ = ["PREAMBLE_LENGTH", "FileMeta", "guess_transfer_syntax", "read_file_meta", "write_file_meta"]

PREAMBLE_LENGTH: Final = 128
_PREFIX: Final = b"DICM"
_SHORT: Final = Struct("<HH2sH")
_LONG: Final = Struct("<HH2sHI")
_PLAIN: Final = Struct("<HHI")
_VRS: Final = frozenset(vr.encode() for vr in KNOWN)
_SHORT_VRS: Final = frozenset(vr.encode() for vr in SHORT_FORM)

_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX = 0x0002, 0x0003, 0x0010
_IMPLEMENTATION_CLASS, _IMPLEMENTATION_VERSION, _SOURCE_AE = 0x0012, 0x0013, 0x0016


@dataclass(frozen=True, slots=True)
class FileMeta:
    """What the head of a file says; texts are empty where it says nothing."""

    transfer_syntax_uid: str
    """As stated, else guessed from the first element."""
    data_set_offset: int
    """Bytes before the data set."""
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    implementation_class_uid: str = ""
    implementation_version_name: str = ""
    source_ae: str = ""
    has_preamble: bool = True
    transfer_syntax_guessed: bool = False


def write_file_meta(sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str, source_ae: str = "") -> bytes:
    """Make the head of a file: an empty preamble, the prefix, and our file meta information.

    The same arguments always give the same bytes. Source Application Entity Title is left out when empty.
    """
    body = [
        _LONG.pack(2, 1, b"OB", 0, 2) + b"\0\1",
        _element(_SOP_CLASS, b"UI", sop_class_uid),
        _element(_SOP_INSTANCE, b"UI", sop_instance_uid),
        _element(_TRANSFER_SYNTAX, b"UI", transfer_syntax_uid),
        _element(_IMPLEMENTATION_CLASS, b"UI", IMPLEMENTATION_CLASS_UID),
        _element(_IMPLEMENTATION_VERSION, b"SH", IMPLEMENTATION_VERSION_NAME),
    ]
    if source_ae:
        body.append(_element(_SOURCE_AE, b"AE", source_ae))
    written = b"".join(body)
    group_length = _SHORT.pack(2, 0, b"UL", 4) + len(written).to_bytes(4, "little")
    return bytes(PREAMBLE_LENGTH) + _PREFIX + group_length + written


def _element(element: int, vr: bytes, text: str) -> bytes:
    raw = text.encode("ascii")
    if len(raw) & 1:
        raw += b"\0" if vr == b"UI" else b" "
    return _SHORT.pack(2, element, vr, len(raw)) + raw


def read_file_meta(head: bytes) -> FileMeta | None:
    """Read the head of a file from its first bytes; None when they do not look like DICOM.

    Old and odd files are taken too: without preamble, without file meta, with file meta in implicit VR, without
    its group length or with a wrong one (what counts is where group 0002 ends), without a transfer syntax, which is
    then guessed. Raises DataSetError when ``head`` ends inside the file meta; 64 KiB hold any that is in use.
    """
    start, has_preamble = 0, False
    if head[PREAMBLE_LENGTH : PREAMBLE_LENGTH + 4] == _PREFIX:
        start, has_preamble = PREAMBLE_LENGTH + 4, True
    elif head[:4] == _PREFIX:
        start = 4
    values, end = _group_two(head, start)
    stated = _text(values.get(_TRANSFER_SYNTAX))
    guessed = None if stated else guess_transfer_syntax(head[end : end + 8])
    if not stated and guessed is None:
        if not values or end + 8 > len(head):
            return None
        guessed = IMPLICIT_VR_LITTLE_ENDIAN  # the default (PS3.5 10.1)
    return FileMeta(
        transfer_syntax_uid=stated or guessed or "",
        data_set_offset=end,
        sop_class_uid=_text(values.get(_SOP_CLASS)),
        sop_instance_uid=_text(values.get(_SOP_INSTANCE)),
        implementation_class_uid=_text(values.get(_IMPLEMENTATION_CLASS)),
        implementation_version_name=_text(values.get(_IMPLEMENTATION_VERSION)),
        source_ae=_text(values.get(_SOURCE_AE)),
        has_preamble=has_preamble,
        transfer_syntax_guessed=not stated,
    )


def guess_transfer_syntax(start: bytes) -> str | None:
    """Guess the encoding of a data set from its first eight bytes; None when they are no element of one."""
    if len(start) < 8:
        return None
    group, element, vr, _ = _SHORT.unpack_from(start)
    if vr in _VRS:
        little, big = group << 16 | element, int.from_bytes(start[:4], "big")
        if _is_known(little):
            return EXPLICIT_VR_LITTLE_ENDIAN
        return EXPLICIT_VR_BIG_ENDIAN if _is_known(big) else None
    return IMPLICIT_VR_LITTLE_ENDIAN if _is_known(group << 16 | element) else None


def _is_known(tag: int) -> bool:
    """Tell whether a data set may start with this element: a standard one, a group length or of a private group."""
    group = tag >> 16
    if not 0x0008 <= group < 0x7FE1:
        return False
    return entry(tag) is not None or (not tag & 0xFFFF and group < 0x0100)


def _group_two(head: bytes, pos: int) -> tuple[dict[int, bytes], int]:
    values: dict[int, bytes] = {}
    while head[pos : pos + 2] == b"\2\0":
        if pos + 8 > len(head):
            raise _cut_short(pos)
        element, start, length = _meta_element(head, pos)
        if start + length > len(head):
            raise _cut_short(pos)
        values[element] = head[start : start + length]
        pos = start + length
    return values, pos


def _meta_element(head: bytes, pos: int) -> tuple[int, int, int]:
    """Give the element number, where the value starts, and its length; explicit VR as asked for, else implicit."""
    _, element, vr, length = _SHORT.unpack_from(head, pos)
    if vr in _SHORT_VRS:
        return element, pos + 8, length
    if vr.isalpha() and vr.isupper():
        if pos + 12 > len(head):
            raise _cut_short(pos)
        return element, pos + 12, _LONG.unpack_from(head, pos)[4]
    return element, pos + 8, _PLAIN.unpack_from(head, pos)[2]


def _cut_short(pos: int) -> DataSetError:
    return DataSetError("the file ends inside its file meta information", offset=pos)


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("latin-1").strip(" \0")
