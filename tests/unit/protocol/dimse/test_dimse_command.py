"""Command sets: what is read, what is read past, what is refused (PS3.7 6.3.1)."""

from __future__ import annotations

import struct

import pytest

from isocenter.errors import ProtocolError
from isocenter.protocol.dimse.command import MAX_COMMAND_SET_SIZE, decode_command_set, encode_command_set


def element(group: int, number: int, value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<HHI", group, number, len(value) if length is None else length) + value


def with_length(body: bytes) -> bytes:
    return element(0, 0, struct.pack("<I", len(body))) + body


def test_a_known_command_set_byte_for_byte() -> None:
    data = encode_command_set({0x0100: 0x0030, 0x0002: "1.2.840.10008.1.1", 0x0110: 1, 0x0800: 0x0101})
    assert data == bytes.fromhex(
        "00000000 04000000 38000000"
        "00000200 12000000 312e322e3834302e31303030382e312e3100"
        "00000001 02000000 3000"
        "00001001 02000000 0100"
        "00000008 02000000 0101".replace(" ", "")
    )


def test_padding_is_taken_off_and_unknown_elements_are_read_past() -> None:
    body = (
        element(0, 0x0002, b"1.2.3\0")
        + element(0, 0x0200, b"OLD ")
        + element(0, 0x0600, b"  DEST  ")
        + element(0, 0x0901, struct.pack("<HHHH", 0x0010, 0x0020, 0x7FE0, 0x0010))
    )
    assert decode_command_set(with_length(body)) == {
        0x0002: "1.2.3",
        0x0600: "DEST",
        0x0901: (0x00100020, 0x7FE00010),
    }


def test_a_number_of_another_length_counts_as_absent() -> None:
    body = element(0, 0x0110, b"\1") + element(0, 0x0120, b"\1\0\2\0") + element(0, 0x0901, b"\1\0")
    assert decode_command_set(with_length(body)) == {}


def test_a_command_set_without_group_length_is_read() -> None:
    assert decode_command_set(element(0, 0x0110, b"\5\0")) == {0x0110: 5}


def test_text_beyond_ascii_never_stops_a_message() -> None:
    values = decode_command_set(element(0, 0x1000, b"1.2.\xff3"))
    assert values == {0x1000: "1.2.\ufffd3"}
    assert b"1.2.?3" in encode_command_set(values)


def test_an_error_comment_is_cut_to_its_value_representation() -> None:
    data = encode_command_set({0x0902: "tag (0010,0010)\\\n" + "x" * 100})
    comment = decode_command_set(data)[0x0902]
    assert comment == ("tag (0010,0010)/ " + "x" * 100)[:64]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(with_length(element(0, 0x0110, b"\1\0"))[:-1], id="ends inside a value"),
        pytest.param(with_length(element(0, 0x0110, b"\1\0"))[:15], id="ends inside a header"),
        pytest.param(element(0, 0x1000, b"1.2", 0xFFFFFFFF), id="undefined length"),
        pytest.param(element(0, 0x0901, struct.pack("<HHI", 0xFFFE, 0xE000, 0), 0xFFFFFFFF), id="sequence"),
        pytest.param(element(0, 0x1000, b"", 1 << 30), id="1 GB element"),
        pytest.param(element(8, 0x0018, b"1.2 "), id="another group"),
        pytest.param(element(0, 0, struct.pack("<I", 99)) + element(0, 0x0110, b"\1\0"), id="group length too large"),
        pytest.param(element(0, 0, struct.pack("<I", 2)) + element(0, 0x0110, b"\1\0"), id="group length too small"),
        pytest.param(element(0, 0, b"\0\0"), id="group length of two bytes"),
        pytest.param(element(0, 0x0110, b"\1\0") + element(0, 0, b"\0\0\0\0"), id="group length not first"),
        pytest.param(element(0, 0x0110, b"\1\0") * 2, id="element twice"),
        pytest.param(bytes(MAX_COMMAND_SET_SIZE + 2), id="more than 64 KiB"),
    ],
)
def test_a_command_set_that_does_not_close_is_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_command_set(data)
