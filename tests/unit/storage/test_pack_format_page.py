"""The page that specifies the format says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from isocenter.storage import NewMember
from isocenter.storage.members import seal_tail
from isocenter.storage.packs.lane import encode_member
from isocenter.storage.port import Buffer

PAGE = (Path(__file__).parents[3] / "docs/reference/pack-format.md").read_text()


def test_the_fields_fill_the_header_block_without_gap() -> None:
    rows = [(int(start), int(length)) for start, length in re.findall(r"^\| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)]
    ends = [start + length for start, length in rows]
    assert [start for start, _ in rows] == [0, *ends[:-1]]
    assert ends[-1] == 512


def test_the_example_is_what_is_written() -> None:
    rows = re.findall(r"^    ([0-9a-f]{3})  ((?:[0-9a-f]{2} ){15}[0-9a-f]{2})  ", PAGE, re.MULTILINE)
    example = bytearray(512)
    for start, values in rows:
        example[int(start, 16) : int(start, 16) + 16] = bytes.fromhex(values)
    buffers: list[Buffer] = []
    body = b'{"kind":"received"}\n'
    checks = encode_member(NewMember("0000000000000042.event", (body,), len(body)), 1_700_000_000, buffers)
    assert bytes(example) == buffers[0]
    assert checks.hex(" ") in PAGE


def test_the_seal_block_is_as_described() -> None:
    tail = seal_tail("000000000001", 1024)
    assert tail.strip(b"\0") == b"ISOCENTER PACK SEAL 1\npack 000000000001\nend 00000000000000001024\n"
    assert len(tail) == 1536
    assert tail[:1024] == bytes(1024)
