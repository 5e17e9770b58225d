"""What every pack store promises, asked of packs on a disk and of their twin in memory alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from isocenter.errors import BusyError, DamagedContent, StorageFull
from isocenter.storage import BLOCK, CheckStatus, Location, MemberKind, NewMember, Placement
from storage_harness import Harness, content, content_id_of, event_member, object_member

SIZES = [0, 1, 511, 512, 513, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17]


@pytest.fixture(params=["packs", "memory"])
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Harness]:
    harness = Harness(request.param, tmp_path / "data")
    yield harness
    if harness._store is not None:
        harness._store.close()


def end_of(placement: Placement) -> int:
    return placement.location.offset + placement.location.length


# Keeping and reading.


@pytest.mark.parametrize("size", SIZES)
def test_what_is_appended_is_read_back(harness: Harness, size: int) -> None:
    store = harness.open()
    lane = store.open_lane()
    data = content(size, size)
    [placement] = lane.append([object_member(data)])
    lane.sync()
    assert placement.location.length == size
    assert len(placement.checks) == 4 * -(-size // BLOCK)
    assert store.read(placement.location, 0, size, placement.checks) == data
    assert b"".join(store.stream(placement.location, placement.checks, chunk=BLOCK)) == data


def test_every_range_is_exact(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    data = content(1, 3 * BLOCK + 100)
    [placement] = lane.append([object_member(data)])
    marks = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK, 3 * BLOCK + 99, len(data)]
    for start in marks:
        for stop in marks:
            if start <= stop:
                assert store.read(placement.location, start, stop, placement.checks) == data[start:stop]
                pieces = store.stream(placement.location, placement.checks, start=start, stop=stop, chunk=BLOCK)
                assert b"".join(pieces) == data[start:stop]


def test_a_range_outside_the_content_is_an_error_of_the_caller(harness: Harness) -> None:
    store = harness.open()
    [placement] = store.open_lane().append([object_member(b"abc")])
    for start, stop in [(-1, 2), (0, 4), (2, 1)]:
        with pytest.raises(ValueError, match="range"):
            store.read(placement.location, start, stop, placement.checks)


def test_a_group_keeps_its_order_and_members_of_all_kinds(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    group = [object_member(content(1, 700)), event_member(1), NewMember("later.thing", (b"?",), 1)]
    placements = lane.append(group, now=1_700_000_000.5)
    lane.sync()
    pack = placements[0].location.name
    assert pack == lane.pack
    found = list(store.scan(pack))
    assert [member.name for member in found] == [member.name for member in group]
    assert [member.kind for member in found] == [MemberKind.OBJECT, MemberKind.EVENT, MemberKind.OTHER]
    assert [member.location for member in found] == [placement.location for placement in placements]
    assert {member.modified for member in found} == {1_700_000_000}
    assert found[0].content_id.hex() + ".dcm" == group[0].name
    assert found[1].sequence == 1


def test_parts_may_be_any_buffer_and_any_number(harness: Harness) -> None:
    store = harness.open()
    data = content(3, 5000)
    parts = (*(data[number : number + 1] for number in range(4000)), bytearray(data[4000:]), b"")
    [placement] = store.open_lane().append([NewMember(object_member(data).name, parts, len(data))])
    assert store.read(placement.location, 0, len(data), placement.checks) == data


def test_a_wrong_size_is_refused_before_anything_is_written(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    lane.append([event_member(1)])
    size = lane.size
    with pytest.raises(ValueError, match="size"):
        lane.append([event_member(2), NewMember("0000000000000003.event", (b"abc",), 4)])
    assert lane.size == size


def test_two_lanes_write_two_packs(harness: Harness) -> None:
    store = harness.open()
    lanes = [store.open_lane(), store.open_lane()]
    placements = [lane.append([event_member(number)])[0] for number, lane in enumerate(lanes)]
    assert len({placement.location.name for placement in placements}) == 2


# Damage.


@pytest.mark.parametrize("position", [0, BLOCK - 1, BLOCK, 2 * BLOCK + 5])
def test_a_changed_byte_is_never_given_out(harness: Harness, position: int) -> None:
    store = harness.open()
    data = content(1, 2 * BLOCK + 10)
    lane = store.open_lane()
    [placement] = lane.append([object_member(data)])
    lane.sync()
    place = placement.location.offset + position

    def flip(pack: bytearray) -> None:
        pack[place] ^= 1

    harness.change(placement.location.name, flip)
    with pytest.raises(DamagedContent):
        store.read(placement.location, position, position + 1, placement.checks)
    with pytest.raises(DamagedContent):
        list(store.stream(placement.location, placement.checks))
    other = 0 if position >= BLOCK else 2 * BLOCK
    assert store.read(placement.location, other, other + 5, placement.checks) == data[other : other + 5]


def test_a_shortened_or_missing_pack_is_damage(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    [placement] = lane.append([object_member(content(1, 5000))])
    lane.sync()
    harness.change(placement.location.name, lambda pack: pack.__delitem__(slice(3000, None)))
    with pytest.raises(DamagedContent):
        store.read(placement.location, 0, 5000, placement.checks)
    missing = Location("pack", "000000000999", 512, 5000)
    with pytest.raises(DamagedContent):
        store.read(missing, 0, 5000, placement.checks)


def test_checks_of_another_size_are_not_accepted(harness: Harness) -> None:
    store = harness.open()
    [placement] = store.open_lane().append([object_member(content(1, 5000))])
    with pytest.raises(DamagedContent):
        store.read(placement.location, 0, 10, b"")


# Sealing.


def test_a_sealed_pack_says_so_and_its_content_stays(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    [placement] = lane.append([object_member(bytes(5000))])
    lane.sync()
    assert [info.sealed for info in store.packs()] == [False]
    assert lane.seal() == [placement.location.name]
    assert [info.sealed for info in store.packs()] == [True]
    assert lane.pack is None
    assert store.read(placement.location, 0, 5000, placement.checks) == bytes(5000)
    assert harness.bytes_of(placement.location.name)[-1536:-512] == bytes(1024)
    store.seal(placement.location.name)
    assert [member.location for member in store.scan(placement.location.name)] == [placement.location]


def test_a_lane_moves_on_at_the_seal_size_and_at_the_seal_age(harness: Harness) -> None:
    store = harness.open(seal_size=4096, seal_age=100.0)
    lane = store.open_lane()
    first = lane.append([event_member(1, bytes(4000))], now=0.0)[0].location.name
    assert lane.is_due(1.0)
    second = lane.append([event_member(2)], now=1.0)[0].location.name
    assert not lane.is_due(100.0)
    third = lane.append([event_member(3)], now=101.0)[0].location.name
    assert len({first, second, third}) == 3
    lane.sync()
    assert lane.seal_full() == [first, second]
    assert [(info.name, info.sealed) for info in store.packs()] == [(first, True), (second, True), (third, False)]


def test_a_pack_that_is_being_written_cannot_be_sealed_from_outside(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    lane.append([event_member(1)])
    assert lane.pack is not None
    with pytest.raises(BusyError):
        store.seal(lane.pack)


def test_sealing_a_lane_that_never_wrote_is_nothing(harness: Harness) -> None:
    store = harness.open()
    assert store.open_lane().seal() == []
    assert list(store.packs()) == []


# Large instances.


def test_a_spilled_instance_is_a_pack_of_its_own(harness: Harness) -> None:
    store = harness.open()
    data = content(9, 5 * BLOCK + 3)
    spill = store.open_spill(data[:300])
    for start in range(300, len(data), 10_000):
        spill.write(memoryview(data)[start : start + 10_000])
    assert spill.size == len(data)
    placement = spill.finish(object_member(data).name, now=7.0)
    assert store.read(placement.location, 0, len(data), placement.checks) == data
    [member] = store.scan(placement.location.name)
    assert (member.name, member.location, member.modified) == (object_member(data).name, placement.location, 7)
    assert [info.sealed for info in store.packs()] == [False]
    store.seal(placement.location.name)
    assert [info.sealed for info in store.packs()] == [True]
    spill.discard()
    assert store.read(placement.location, 0, len(data), placement.checks) == data


def test_a_discarded_spill_leaves_nothing(harness: Harness) -> None:
    store = harness.open()
    spill = store.open_spill(b"head")
    spill.write(b"x" * 10_000)
    spill.discard()
    spill.discard()
    assert list(store.packs()) == []
    with pytest.raises(ValueError, match="discarded"):
        spill.finish("a" * 64 + ".dcm")


# Recovery.


def test_recovery_gives_whole_members_beyond_what_is_known(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    group = [object_member(content(number, 3000)) for number in range(4)] + [event_member(5)]
    placements = lane.append(group)
    lane.sync()
    store = harness.open()
    pack = placements[0].location.name
    found = list(store.recover({pack: end_of(placements[1])}, content_id_of))
    assert [one.placement for one in found] == placements[2:]
    assert [one.member.name for one in found] == [member.name for member in group[2:]]
    store.seal(pack)
    assert list(store.recover({}, content_id_of)) == []


def test_recovery_cuts_a_torn_member_and_what_follows(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    placements = lane.append([object_member(content(number, 3000)) for number in range(4)])
    lane.sync()
    pack = placements[0].location.name

    def tear(data: bytearray) -> None:
        data[placements[2].location.offset + 100] ^= 255

    harness.change(pack, tear)
    store = harness.open()
    assert [one.placement for one in store.recover({}, content_id_of)] == placements[:2]
    assert [member.location for member in store.scan(pack)] == [one.location for one in placements[:2]]
    store.seal(pack)
    assert len(list(store.scan(pack))) == 2


def test_recovery_refuses_an_object_that_is_not_its_hash(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    lane.append([NewMember("ab" * 32 + ".dcm", (b"something else",), 14)])
    lane.sync()
    store = harness.open()
    assert list(store.recover({}, content_id_of)) == []


def test_recovery_does_not_look_into_sealed_packs(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    lane.append([object_member(content(1, 3000))])
    lane.seal()
    [other] = lane.append([object_member(content(2, 3000))])
    lane.sync()
    store = harness.open()
    assert list(store.recover({}, content_id_of, sealed=[other.location.name])) == []
    assert [one.placement for one in store.recover({}, content_id_of)] == [other]


def test_a_pack_that_ends_in_zeros_is_not_taken_for_sealed(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    [placement] = lane.append([object_member(bytes(8192))])
    lane.sync()
    store = harness.open()
    assert [info.sealed for info in store.packs()] == [False]
    assert [one.placement for one in store.recover({}, content_id_of)] == [placement]


def test_an_empty_leftover_is_removed_by_sealing(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    [placement] = lane.append([event_member(1)])
    harness.change(placement.location.name, lambda pack: pack.__delitem__(slice(100, None)))
    store = harness.open()
    assert list(store.recover({}, content_id_of)) == []
    store.seal(placement.location.name)
    assert list(store.packs()) == []


def test_after_recovery_a_lane_starts_a_new_pack(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    [first] = lane.append([event_member(1)])
    lane.sync()
    store = harness.open()
    list(store.recover({}, content_id_of))
    store.seal(first.location.name)
    [second] = store.open_lane().append([event_member(2)])
    assert second.location.name > first.location.name


# Deleting.


def test_punched_content_is_gone_and_its_neighbours_stay(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    contents = [content(number, 9000) for number in range(3)]
    group = [object_member(data) for data in contents]
    placements = lane.append(group)
    lane.sync()
    target = placements[1]
    store.punch(target.location, group[1].name)
    store.punch(target.location, group[1].name)
    with pytest.raises(DamagedContent):
        store.read(target.location, 0, 9000, target.checks)
    for number in (0, 2):
        assert store.read(placements[number].location, 0, 9000, placements[number].checks) == contents[number]
    members = list(store.scan(target.location.name))
    assert [member.kind for member in members] == [MemberKind.OBJECT, MemberKind.DELETED, MemberKind.OBJECT]
    assert members[1].content_id.hex() + ".dcm" == group[1].name
    assert contents[1][:64] not in harness.bytes_of(target.location.name)
    store = harness.open()
    assert [one.placement for one in store.recover({}, content_id_of)] == [placements[0], placements[2]]


def test_content_that_is_being_read_is_not_punched(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    member = object_member(content(1, 9000))
    [placement] = lane.append([member])
    lane.sync()
    with store.pin(placement.location), store.pin(placement.location), pytest.raises(BusyError):
        store.punch(placement.location, member.name)
    assert store.read(placement.location, 0, 9000, placement.checks)
    store.punch(placement.location, member.name)


def test_only_the_object_that_lies_there_is_punched(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    data = content(1, 9000)
    [placement, event] = lane.append([object_member(data), event_member(1)])
    lane.sync()
    with pytest.raises(DamagedContent):
        store.punch(placement.location, "ab" * 32 + ".dcm")
    with pytest.raises(DamagedContent):
        store.punch(event.location, object_member(data).name)
    with pytest.raises(ValueError, match="object"):
        store.punch(event.location, "0000000000000001.event")
    assert store.read(placement.location, 0, 9000, placement.checks) == data


# Verifying.


def test_verify_tells_each_kind_of_damage(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    group = [object_member(content(number, 9000)) for number in range(4)] + [event_member(1), event_member(2)]
    placements = lane.append(group)
    lane.seal()
    pack = placements[0].location.name
    expected = [(member.name, placement.location) for member, placement in zip(group, placements, strict=True)]
    assert {one.status for one in store.verify(pack, content_id_of, expected)} == {CheckStatus.OK}

    def damage(data: bytearray) -> None:
        data[placements[1].location.offset + 500] ^= 1
        data[placements[4].location.offset] ^= 1

    harness.change(pack, damage)
    store.punch(placements[2].location, group[2].name)
    expected[3] = (group[3].name, Location("pack", pack, placements[3].location.offset, 8999))
    del expected[2]
    statuses = [one.status.value for one in store.verify(pack, content_id_of, expected)]
    assert statuses == ["OK", "HASH", "OK", "SIZE", "HASH", "OK"]


@pytest.mark.parametrize("broken", [0, 2, 4])
def test_a_broken_header_hides_one_member_of_a_sealed_pack_and_not_the_others(harness: Harness, broken: int) -> None:
    store = harness.open()
    lane = store.open_lane()
    group = [object_member(content(number, 700 * number)) for number in range(1, 5)] + [event_member(1)]
    placements = lane.append(group)
    pack = placements[0].location.name

    def damage(data: bytearray) -> None:
        data[placements[broken].location.offset - 400] ^= 1

    harness.change(pack, damage)
    names = [member.name for member in group]
    assert [member.name for member in store.scan(pack)] == names[:broken]
    lane.seal()
    assert [member.name for member in store.scan(pack)] == names[:broken] + names[broken + 1 :]


def test_what_is_left_of_a_damaged_member_can_be_looked_at(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    whole = content(1, 100_000)
    location = lane.append([object_member(whole)])[0].location
    lane.seal()

    def damage(data: bytearray) -> None:
        data[location.offset + 99_000] ^= 1

    harness.change(location.name, damage)
    (member,) = store.scan(location.name)
    assert store.place(member, content_id_of) is None
    left = store.salvage(member)
    assert left.location == location
    assert b"".join(store.stream(location, left.checks))[:99_000] == whole[:99_000]


def test_verify_finds_expected_members_beyond_a_broken_header(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    group = [object_member(content(number, 9000)) for number in range(3)]
    placements = lane.append(group)
    lane.seal()
    pack = placements[0].location.name

    def damage(data: bytearray) -> None:
        data[placements[1].location.offset - 512] ^= 1

    harness.change(pack, damage)
    expected = [(member.name, placement.location) for member, placement in zip(group, placements, strict=True)]
    found = list(store.verify(pack, content_id_of, expected))
    assert [(one.name, one.status.value) for one in found] == [
        (group[0].name, "OK"),
        ("", "SIZE"),
        (group[1].name, "MISSING"),
        (group[2].name, "OK"),
    ]


def test_verify_reports_a_missing_pack(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    member = object_member(b"abc")
    [placement] = lane.append([member])
    lane.seal()
    harness.remove(placement.location.name)
    store = harness.open()
    [found] = store.verify(placement.location.name, content_id_of, [(member.name, placement.location)])
    assert found.status is CheckStatus.MISSING


# Room.


def test_objects_may_not_use_the_reserve_but_events_may(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    if harness.kind == "memory":
        store = harness.open(capacity=20_000, reserve=10_000)
    else:
        store = harness.open(reserve=10_000)
        monkeypatch.setattr(store._disk, "free_bytes", lambda path: 20_000)  # type: ignore[attr-defined]
    lane = store.open_lane()
    with pytest.raises(StorageFull):
        lane.append([object_member(bytes(12_000))])
    with pytest.raises(StorageFull):
        lane.append([event_member(1), object_member(bytes(12_000))])
    assert list(store.packs()) == []
    [placement] = lane.append([event_member(1, bytes(12_000))])
    assert store.read(placement.location, 0, 12_000, placement.checks) == bytes(12_000)
    with pytest.raises(StorageFull):
        store.open_spill(bytes(12_000))
    assert not store.read_only
    assert store.probe()


# Rewriting.


def test_live_members_of_several_packs_come_together_in_the_order_asked(harness: Harness) -> None:
    store = harness.open()
    lanes = [store.open_lane(), store.open_lane()]
    contents = {number: content(number, 9000 + number) for number in range(4)}
    group = {number: object_member(contents[number]) for number in contents}
    for number in contents:
        lanes[number % 2].append([group[number]])
    lanes[0].append([event_member(7)])
    packs = [pack for lane in lanes for pack in lane.seal()]
    by_name = {member.name: member for pack in packs for member in store.scan(pack)}
    wanted = [group[3].name, group[0].name, "0000000000000007.event"]
    placements = store.rewrite(by_name[name] for name in wanted)
    new = placements[0].location.name
    assert [member.name for member in store.scan(new)] == wanted
    assert store.read(placements[0].location, 0, 9003, placements[0].checks) == contents[3]
    store.seal(new)
    assert {one.status for one in store.verify(new, content_id_of)} == {CheckStatus.OK}
    for pack in packs:
        store.remove(pack)
        store.remove(pack)
    assert [info.name for info in store.packs()] == [new]
    assert store.read(placements[1].location, 0, 9000, placements[1].checks) == contents[0]
    assert store.rewrite([]) == []


def test_damaged_members_are_not_copied(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    [placement] = lane.append([object_member(content(1, 9000))])
    [pack] = lane.seal()

    def flip(data: bytearray) -> None:
        data[placement.location.offset] ^= 1

    harness.change(pack, flip)
    with pytest.raises(DamagedContent):
        store.rewrite(list(store.scan(pack)))
    assert [info.name for info in store.packs()] == [pack]


def test_a_pack_in_use_and_the_newest_stay(harness: Harness) -> None:
    store = harness.open()
    lane = store.open_lane()
    [placement] = lane.append([object_member(content(1, 9000))])
    [old] = lane.seal()
    with pytest.raises(BusyError):
        store.remove(old)
    lane.append([event_member(1)])
    with store.pin(placement.location), pytest.raises(BusyError):
        store.remove(old)
    store.remove(old)
    with pytest.raises(DamagedContent):
        store.read(placement.location, 0, 9000, placement.checks)
