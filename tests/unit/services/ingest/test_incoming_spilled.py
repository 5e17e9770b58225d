"""The head of a large object is written before the object is whole: what it says must hold in the end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from isocenter.dicom.dataset import DataSet, write_data_set
from isocenter.dicom.part10 import write_file_meta
from isocenter.dicom.walk import WalkLimits
from isocenter.errors import IdentityMismatch, InvalidUid, MissingUid
from isocenter.services.ingest import Announced, ByteBudget, Incoming, IngestLimits
from isocenter.services.record import Source
from isocenter.storage.memory import MemoryStore

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
BUDGET = ByteBudget(1 << 20)

Begin = Callable[..., Incoming]


@pytest.fixture
def begin() -> Begin:
    pool = ThreadPoolExecutor(1)

    def make(announced: Announced | None = None, original_head: bytes = b"") -> Incoming:
        return Incoming(
            source=Source("test", "TESTER"),
            transfer_syntax_uid=EXPLICIT,
            announced=announced,
            limits=IngestLimits(spill_bytes=1000, object_bytes=1 << 20, walk=WalkLimits()),
            budget=BUDGET,
            storage=MemoryStore(),
            pool=pool,
            original_head=original_head,
        )

    return make


def large(sop_instance_uid: bytes, *, again: str = "") -> bytes:
    made = DataSet()
    made.set(0x00080016, "UI", CT)
    made.set(0x00080018, "UI", sop_instance_uid)
    made.set(0x0020000D, "UI", "1.2.3.1")
    made.set(0x0020000E, "UI", "1.2.3.2")
    made.set(0x00420011, "OB", bytes(4000))
    data = write_data_set(made, EXPLICIT)
    if again:
        later = DataSet()
        later.set(0x00080018, "UI", again)
        data += write_data_set(later, EXPLICIT)
    return data


@pytest.mark.parametrize("uid", [b"1.2.\xff\xfe", b"../../etc/passwd", b"1" * 65, b"9" * 9000])
def test_an_impossible_uid_is_refused_when_it_would_be_written(begin: Begin, uid: bytes) -> None:
    incoming = begin()
    with pytest.raises(InvalidUid):
        incoming.write(large(uid))
    incoming.discard()
    assert BUDGET.used == 0


@pytest.mark.parametrize("uid", ["1.2.\ufffd", "1" * 70_000])
def test_an_impossible_announcement_is_refused_too(begin: Begin, uid: str) -> None:
    with pytest.raises(InvalidUid):
        begin(Announced(CT, uid)).write(large(b"1.2.3.4"))


def test_without_any_uid_so_far_there_is_no_head_to_write(begin: Begin) -> None:
    with pytest.raises(MissingUid):
        begin().write(large(b""))


def test_the_file_meta_helps_out_where_the_data_set_has_not_said_it_yet(begin: Begin) -> None:
    incoming = begin(original_head=write_file_meta(CT, "1.2.3.4", EXPLICIT))
    data = large(b"1.2.3.4")
    tail = data.index(b"\x42\x00\x11\x00")
    element = data[:tail]
    moved = data[tail:] + element  # out of order, and whole
    incoming.write(moved)
    assert incoming.finish().identity.sop_instance_uid == "1.2.3.4"


def test_a_uid_that_changes_later_is_refused(begin: Begin) -> None:
    incoming = begin()
    data = large(b"1.2.3.4", again="1.2.3.4444")
    incoming.write(data[:3000])
    incoming.write(data[3000:])
    with pytest.raises(IdentityMismatch):
        incoming.finish()
    incoming.discard()


def test_small_objects_may_be_odd_in_the_same_way(begin: Begin, tmp_path: Path) -> None:
    incoming = begin()
    data = large(b"1.2.3.4", again="1.2.3.4444")
    start = data.index(b"\x42\x00\x11\x00")
    incoming.write(data[:start] + data[start + 12 + 4000 :])
    assert incoming.finish().identity.sop_instance_uid == "1.2.3.4444"
    incoming.discard()
    assert BUDGET.used == 0
