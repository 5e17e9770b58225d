from __future__ import annotations

import tarfile

import pytest

from isocenter.storage.tar import BLOCK_SIZE, decode_header, encode_header, padded, padding, renamed

NAME = "ab" * 32 + ".dcm"
GIB = 1 << 30


@pytest.mark.parametrize("size", [0, 1, 512, 8 * GIB - 1, 8 * GIB, 3 * 1024 * GIB])
def test_python_reads_what_we_write(size: int) -> None:
    block = encode_header(NAME, size, 0xDEADBEEF, 1_700_000_000)
    info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    assert (info.name, info.size, info.mtime, info.mode) == (NAME, size, 1_700_000_000, 0o600)
    assert info.isreg()
    assert (info.devmajor, info.devminor) == (0xDEAD, 0xBEEF)
    header = decode_header(block)
    assert header is not None
    assert (header.name, header.size, header.check, header.modified) == (NAME, size, 0xDEADBEEF, 1_700_000_000)


def test_sizes_below_8_gib_are_octal_and_larger_ones_base_256() -> None:
    assert encode_header(NAME, 8 * GIB - 1, 0)[124:136] == b"77777777777\0"
    assert encode_header(NAME, 8 * GIB, 0)[124:136] == b"\x80" + (8 * GIB).to_bytes(11, "big")


def test_we_read_what_python_writes() -> None:
    info = tarfile.TarInfo("someone/else")
    info.size = 5
    header = decode_header(info.tobuf(tarfile.USTAR_FORMAT))
    assert header is not None
    assert (header.name, header.size) == ("someone/else", 5)
    assert decode_header(info.tobuf(tarfile.GNU_FORMAT)) is None


def test_every_changed_byte_is_noticed_by_the_checksum() -> None:
    block = encode_header(NAME, 12345, 77, 99)
    for place in range(BLOCK_SIZE):
        changed = bytearray(block)
        changed[place] ^= 0x05
        assert decode_header(bytes(changed)) != decode_header(block)


@pytest.mark.parametrize("block", [b"", bytes(BLOCK_SIZE), b"x" * BLOCK_SIZE, encode_header(NAME, 1, 1)[:511]])
def test_what_is_no_header_is_none(block: bytes) -> None:
    assert decode_header(block) is None


def test_a_header_of_nonsense_numbers_is_none() -> None:
    block = bytearray(encode_header(NAME, 1, 1))
    block[124:136] = b"-0000000001\0"
    assert decode_header(renamed(bytes(block), NAME)) is None
    block[124:136] = b"00000000008\0"
    assert decode_header(renamed(bytes(block), NAME)) is None


def test_a_time_out_of_range_is_held_within_it() -> None:
    early, late = decode_header(encode_header(NAME, 1, 1, -5)), decode_header(encode_header(NAME, 1, 1, 8**12))
    assert early is not None
    assert late is not None
    assert (early.modified, late.modified) == (0, 8**11 - 1)


def test_renaming_keeps_every_other_field() -> None:
    block = bytearray(encode_header(NAME, 9 * GIB, 5, 6))
    block[297:305] = b"key-0001"  # the group name, which a later version may use
    changed = renamed(bytes(block), ".deleted/" + "ab" * 32)
    header = decode_header(changed)
    assert header is not None
    assert (header.name, header.size, header.check, header.modified) == (".deleted/" + "ab" * 32, 9 * GIB, 5, 6)
    assert changed[100:148] == block[100:148]
    assert changed[156:] == block[156:]


def test_a_name_too_long_for_the_format_is_refused() -> None:
    with pytest.raises(ValueError, match="100"):
        encode_header("x" * 101, 1, 1)
    with pytest.raises(UnicodeEncodeError):
        encode_header("é", 1, 1)


def test_padding_fills_the_block() -> None:
    for size in (0, 1, 511, 512, 513):
        assert size + len(padding(size)) == padded(size)
        assert padded(size) % BLOCK_SIZE == 0
    assert padding(1) == bytes(511)
