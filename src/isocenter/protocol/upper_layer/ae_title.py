"""Application entity titles as they stand in an A-ASSOCIATE PDU (PS3.8 Table 9-11, PS3.5 6.2 VR AE)."""

from __future__ import annotations

from isocenter.errors import BadRequest

AE_TITLE_BYTES = 16


def is_ae_title(title: str) -> bool:
    """Whether this is a title: 1 to 16 printable ASCII characters, no backslash, not only spaces."""
    return (
        0 < len(title) <= AE_TITLE_BYTES
        and title.isascii()
        and title.isprintable()
        and "\\" not in title
        and not title.isspace()
    )


def decode_ae_title(raw: bytes) -> str:
    """Read a title without the spaces around it. Total: what is no title gives a string that `is_ae_title` refuses.

    Bytes beyond ASCII become backslash sequences, which no title may hold. NULs at the end are taken as padding,
    as some devices send them.
    """
    return raw.rstrip(b"\0 ").decode("ascii", "backslashreplace").strip(" ")


def encode_ae_title(title: str) -> bytes:
    """Pad a title to the 16 bytes of its field. Raises `BadRequest` for what is no title."""
    if not is_ae_title(title):
        raise BadRequest("An application entity title has 1 to 16 printable ASCII characters and no backslash.")
    return title.encode("ascii").ljust(AE_TITLE_BYTES, b" ")
