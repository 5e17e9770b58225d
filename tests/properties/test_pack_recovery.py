"""Whatever is appended and wherever the open pack is cut: recovery gives exactly the whole members before the cut."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isocenter.storage import BLOCK, NewMember
from isocenter.storage.checks import BlockChecks, block_checks
from isocenter.storage.memory import MemoryStore
from isocenter.storage.tar import padded
from storage_harness import Harness, content, content_id_of, event_member, object_member

SIZES = st.one_of(st.integers(0, 2000), st.sampled_from([BLOCK - 1, BLOCK, BLOCK + 1]))


@st.composite
def groups(draw: st.DrawFn) -> list[list[NewMember]]:
    shape = st.lists(st.tuples(st.booleans(), SIZES, st.booleans()), min_size=1, max_size=4)
    shapes = draw(st.lists(shape, min_size=1, max_size=5))
    number = 0
    result = []
    for shape in shapes:
        group = []
        for is_event, size, is_zero in shape:
            number += 1
            data = bytes(size) if is_zero else content(number, size)
            group.append(event_member(number, data) if is_event else object_member(data))
        result.append(group)
    return result


@pytest.mark.parametrize("kind", ["packs", "memory"])
@settings(max_examples=100, deadline=None)
@given(appended=groups(), data=st.data())
def test_a_cut_at_any_byte_keeps_exactly_the_whole_members_before_it(
    kind: str, appended: list[list[NewMember]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cut_and_recover(Harness(kind, Path(folder)), appended, data)


def cut_and_recover(harness: Harness, appended: list[list[NewMember]], data: st.DataObject) -> None:
    lane = harness.open().open_lane()
    placements = [placement for group in appended for placement in lane.append(group)]
    pack = placements[0].location.name
    written = harness.bytes_of(pack)
    cut = data.draw(st.integers(0, len(written)), "cut")
    # A crash may leave zeros behind the cut; where zeros were written they make a member whole again.
    after = written[:cut] + bytes(data.draw(st.integers(0, 3000), "zeros"))
    harness.change(pack, lambda held: held.__setitem__(slice(None), after))
    ends = [one.location.offset + padded(one.location.length) for one in placements]
    whole = [one for one, end in zip(placements, ends, strict=True) if after[:end] == written[:end]]
    known = data.draw(st.integers(0, len(whole)), "members that the index knows")
    known_end = whole[known - 1].location.offset + whole[known - 1].location.length if known else 0

    store = harness.open()
    assert [one.placement for one in store.recover({pack: known_end}, content_id_of)] == whole[known:]
    store.seal(pack)
    left = [member.location for info in store.packs() for member in store.scan(info.name)]
    assert left == [one.location for one in whole]
    assert list(store.recover({}, content_id_of)) == []
    store.close()


@settings(max_examples=100, deadline=None)
@given(groups(), st.integers(0, 1 << 20), st.integers(1, 255))
def test_a_changed_byte_never_yields_a_wrong_member(appended: list[list[NewMember]], place: int, mask: int) -> None:
    store = MemoryStore()
    lane = store.open_lane()
    sent = {}
    for group in appended:
        for member, placement in zip(group, lane.append(group), strict=True):
            sent[placement.location] = (member.name, placement, b"".join(member.parts))
    assert lane.pack is not None
    held = store.content_of(lane.pack)
    held[place % len(held)] ^= mask
    store = store.reopened()
    for found in store.recover({}, content_id_of):
        name, placement, data = sent[found.placement.location]
        assert (found.member.name, found.placement) == (name, placement)
        assert store.read(placement.location, 0, len(data), placement.checks) == data


@given(st.binary(max_size=1000), st.lists(st.integers(0, 3 * BLOCK), max_size=6))
def test_checks_do_not_depend_on_how_the_bytes_were_split(seed: bytes, cuts: list[int]) -> None:
    data = (seed * (3 * BLOCK // max(len(seed), 1) + 1))[: 3 * BLOCK + len(seed)]
    marks = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    checks = BlockChecks()
    for start, stop in itertools.pairwise(marks):
        checks.update(memoryview(data)[start:stop])
    assert checks.result() == block_checks([data])
    assert checks.size == len(data)
