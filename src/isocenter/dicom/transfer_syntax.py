"""The transfer syntaxes of the standard and how each encodes a data set (PS3.5 section 10, annex A; PS3.6 A, 2026b)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto
from typing import Final

__all__ = [
    "ALL",
    "DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN",
    "EXPLICIT_VR_BIG_ENDIAN",
    "EXPLICIT_VR_LITTLE_ENDIAN",
    "IMPLICIT_VR_LITTLE_ENDIAN",
    "TransferSyntax",
    "lookup",
    "walked_as",
]

IMPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2"
EXPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
EXPLICIT_VR_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1.99"


@dataclass(frozen=True, slots=True)
class TransferSyntax:
    """How a data set is encoded.

    ``encapsulated`` says that pixel data comes in fragments (PS3.5 A.4), ``lossy`` that pixels may have lost
    information through it, ``deflated`` that the whole data set is one raw deflate stream (PS3.5 A.5),
    ``video`` that all fragments together are one stream (PS3.5 8.2.7).
    """

    uid: str
    name: str
    implicit_vr: bool = False
    big_endian: bool = False
    deflated: bool = False
    encapsulated: bool = False
    lossy: bool = False
    retired: bool = False
    video: bool = False


class _Is(Flag):
    PLAIN = 0
    IMPLICIT = auto()
    BIG_ENDIAN = auto()
    DEFLATED = auto()
    ENCAPSULATED = auto()
    LOSSY = auto()
    RETIRED = auto()
    VIDEO = auto()


PLAIN, IMPLICIT, BIG_ENDIAN, DEFLATED, ENCAPSULATED, LOSSY, RETIRED, VIDEO = (
    _Is.PLAIN,
    _Is.IMPLICIT,
    _Is.BIG_ENDIAN,
    _Is.DEFLATED,
    _Is.ENCAPSULATED,
    _Is.LOSSY,
    _Is.RETIRED,
    _Is.VIDEO,
)

_TABLE: Final = (
    ("1.2.840.10008.1.2", "Implicit VR Little Endian", IMPLICIT),
    ("1.2.840.10008.1.2.1", "Explicit VR Little Endian", PLAIN),
    ("1.2.840.10008.1.2.1.98", "Encapsulated Uncompressed Explicit VR Little Endian", ENCAPSULATED),
    ("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", DEFLATED),
    ("1.2.840.10008.1.2.2", "Explicit VR Big Endian", BIG_ENDIAN | RETIRED),
    ("1.2.840.10008.1.2.4.50", "JPEG Baseline (Process 1)", ENCAPSULATED | LOSSY),
    ("1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 and 4)", ENCAPSULATED | LOSSY),
    ("1.2.840.10008.1.2.4.52", "JPEG Extended (Process 3 and 5)", ENCAPSULATED | LOSSY | RETIRED),
    (
        "1.2.840.10008.1.2.4.53",
        "JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)",
        ENCAPSULATED | LOSSY | RETIRED,
    ),
    (
        "1.2.840.10008.1.2.4.54",
        "JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9)",
        ENCAPSULATED | LOSSY | RETIRED,
    ),
    (
        "1.2.840.10008.1.2.4.55",
        "JPEG Full Progression, Non-Hierarchical (Process 10 and 12)",
        ENCAPSULATED | LOSSY | RETIRED,
    ),
    (
        "1.2.840.10008.1.2.4.56",
        "JPEG Full Progression, Non-Hierarchical (Process 11 and 13)",
        ENCAPSULATED | LOSSY | RETIRED,
    ),
    ("1.2.840.10008.1.2.4.57", "JPEG Lossless, Non-Hierarchical (Process 14)", ENCAPSULATED),
    ("1.2.840.10008.1.2.4.58", "JPEG Lossless, Non-Hierarchical (Process 15)", ENCAPSULATED | RETIRED),
    ("1.2.840.10008.1.2.4.59", "JPEG Extended, Hierarchical (Process 16 and 18)", ENCAPSULATED | LOSSY | RETIRED),
    ("1.2.840.10008.1.2.4.60", "JPEG Extended, Hierarchical (Process 17 and 19)", ENCAPSULATED | LOSSY | RETIRED),
    (
        "1.2.840.10008.1.2.4.61",
        "JPEG Spectral Selection, Hierarchical (Process 20 and 22)",
        ENCAPSULATED | LOSSY | RETIRED,
    ),
    (
        "1.2.840.10008.1.2.4.62",
        "JPEG Spectral Selection, Hierarchical (Process 21 and 23)",
        ENCAPSULATED | LOSSY | RETIRED,
    ),
    (
        "1.2.840.10008.1.2.4.63",
        "JPEG Full Progression, Hierarchical (Process 24 and 26)",
        ENCAPSULATED | LOSSY | RETIRED,
    ),
    (
        "1.2.840.10008.1.2.4.64",
        "JPEG Full Progression, Hierarchical (Process 25 and 27)",
        ENCAPSULATED | LOSSY | RETIRED,
    ),
    ("1.2.840.10008.1.2.4.65", "JPEG Lossless, Hierarchical (Process 28)", ENCAPSULATED | RETIRED),
    ("1.2.840.10008.1.2.4.66", "JPEG Lossless, Hierarchical (Process 29)", ENCAPSULATED | RETIRED),
    (
        "1.2.840.10008.1.2.4.70",
        "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])",
        ENCAPSULATED,
    ),
    ("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless Image Compression", ENCAPSULATED),
    ("1.2.840.10008.1.2.4.81", "JPEG-LS Lossy (Near-Lossless) Image Compression", ENCAPSULATED | LOSSY),
    ("1.2.840.10008.1.2.4.90", "JPEG 2000 Image Compression (Lossless Only)", ENCAPSULATED),
    ("1.2.840.10008.1.2.4.91", "JPEG 2000 Image Compression", ENCAPSULATED | LOSSY),
    ("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)", ENCAPSULATED),
    ("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2 Multi-component Image Compression", ENCAPSULATED | LOSSY),
    ("1.2.840.10008.1.2.4.94", "JPIP Referenced", LOSSY),
    ("1.2.840.10008.1.2.4.95", "JPIP Referenced Deflate", DEFLATED | LOSSY),
    ("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile / Main Level", ENCAPSULATED | LOSSY | VIDEO),
    ("1.2.840.10008.1.2.4.100.1", "Fragmentable MPEG2 Main Profile / Main Level", ENCAPSULATED | LOSSY | VIDEO),
    ("1.2.840.10008.1.2.4.101", "MPEG2 Main Profile / High Level", ENCAPSULATED | LOSSY | VIDEO),
    ("1.2.840.10008.1.2.4.101.1", "Fragmentable MPEG2 Main Profile / High Level", ENCAPSULATED | LOSSY | VIDEO),
    ("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", ENCAPSULATED | LOSSY | VIDEO),
    (
        "1.2.840.10008.1.2.4.102.1",
        "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1",
        ENCAPSULATED | LOSSY | VIDEO,
    ),
    (
        "1.2.840.10008.1.2.4.103",
        "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
        ENCAPSULATED | LOSSY | VIDEO,
    ),
    (
        "1.2.840.10008.1.2.4.103.1",
        "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1",
        ENCAPSULATED | LOSSY | VIDEO,
    ),
    ("1.2.840.10008.1.2.4.104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", ENCAPSULATED | LOSSY | VIDEO),
    (
        "1.2.840.10008.1.2.4.104.1",
        "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video",
        ENCAPSULATED | LOSSY | VIDEO,
    ),
    ("1.2.840.10008.1.2.4.105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", ENCAPSULATED | LOSSY | VIDEO),
    (
        "1.2.840.10008.1.2.4.105.1",
        "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video",
        ENCAPSULATED | LOSSY | VIDEO,
    ),
    ("1.2.840.10008.1.2.4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", ENCAPSULATED | LOSSY | VIDEO),
    (
        "1.2.840.10008.1.2.4.106.1",
        "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2",
        ENCAPSULATED | LOSSY | VIDEO,
    ),
    ("1.2.840.10008.1.2.4.107", "HEVC/H.265 Main Profile / Level 5.1", ENCAPSULATED | LOSSY | VIDEO),
    ("1.2.840.10008.1.2.4.108", "HEVC/H.265 Main 10 Profile / Level 5.1", ENCAPSULATED | LOSSY | VIDEO),
    ("1.2.840.10008.1.2.4.110", "JPEG XL Lossless", ENCAPSULATED),
    ("1.2.840.10008.1.2.4.111", "JPEG XL JPEG Recompression", ENCAPSULATED | LOSSY),
    ("1.2.840.10008.1.2.4.112", "JPEG XL", ENCAPSULATED | LOSSY),
    ("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)", ENCAPSULATED),
    (
        "1.2.840.10008.1.2.4.202",
        "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)",
        ENCAPSULATED,
    ),
    ("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000 Image Compression", ENCAPSULATED | LOSSY),
    ("1.2.840.10008.1.2.4.204", "JPIP HTJ2K Referenced", LOSSY),
    ("1.2.840.10008.1.2.4.205", "JPIP HTJ2K Referenced Deflate", DEFLATED | LOSSY),
    ("1.2.840.10008.1.2.5", "RLE Lossless", ENCAPSULATED),
    ("1.2.840.10008.1.2.6.1", "RFC 2557 MIME encapsulation", RETIRED),
    ("1.2.840.10008.1.2.6.2", "XML Encoding", RETIRED),
    ("1.2.840.10008.1.2.7.1", "SMPTE ST 2110-20 Uncompressed Progressive Active Video", PLAIN),
    ("1.2.840.10008.1.2.7.2", "SMPTE ST 2110-20 Uncompressed Interlaced Active Video", PLAIN),
    ("1.2.840.10008.1.2.7.3", "SMPTE ST 2110-30 PCM Digital Audio", PLAIN),
    ("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression", ENCAPSULATED),
)


def _row(uid: str, name: str, is_: _Is) -> TransferSyntax:
    return TransferSyntax(
        uid,
        name,
        implicit_vr=bool(is_ & IMPLICIT),
        big_endian=bool(is_ & BIG_ENDIAN),
        deflated=bool(is_ & DEFLATED),
        encapsulated=bool(is_ & ENCAPSULATED),
        lossy=bool(is_ & LOSSY),
        retired=bool(is_ & RETIRED),
        video=bool(is_ & VIDEO),
    )


ALL: Final = tuple(_row(*row) for row in _TABLE)
"""Every transfer syntax of PS3.6 annex A, retired ones included."""

_PRIVATE: Final = (
    # GE: pixel data is big endian, all else implicit VR little endian.
    _row("1.2.840.113619.5.2", "GE Private Implicit VR Little Endian with Big Endian Pixel Data", IMPLICIT),
)
_BY_UID: Final = {syntax.uid: syntax for syntax in ALL}
_PRIVATE_BY_UID: Final = {syntax.uid: syntax for syntax in _PRIVATE}


def lookup(uid: str) -> TransferSyntax | None:
    """Return the standard's transfer syntax of that UID; None for an unknown or private one."""
    return _BY_UID.get(uid)


def walked_as(uid: str) -> TransferSyntax:
    """Return how a data set is to be walked, also for a private UID: as explicit VR little endian unless known.

    PS3.5 10 leaves private syntaxes to their owners; all but one seen in the field use that encoding.
    """
    known = _BY_UID.get(uid) or _PRIVATE_BY_UID.get(uid)
    return known or TransferSyntax(uid, "Private", encapsulated=True)
