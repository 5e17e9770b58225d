"""Members of a pack as bytes: what their names mean, walking from header to header, and judging whether one is whole.

Both adapters use these functions on whatever gives them bytes by range.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from isocenter.errors import IsocenterError
from isocenter.storage.checks import BlockChecks, summary
from isocenter.storage.port import (
    CheckedMember,
    CheckStatus,
    ContentIdOf,
    Location,
    MemberKind,
    ReadRange,
    ScannedMember,
)
from isocenter.storage.tar import BLOCK_SIZE, decode_header, padded

__all__ = [
    "PackBytes",
    "deleted_name",
    "kind_of",
    "present_checks",
    "scan",
    "scan_past_damage",
    "seal_tail",
    "sealed_end",
    "verify",
    "whole_checks",
]

_OBJECT = re.compile(r"[0-9a-f]{64}\.dcm")
_EVENT = re.compile(r"[0-9]{16}\.event")
_DELETED = re.compile(r"\.deleted/[0-9a-f]{64}")
_READ_AT_ONCE = 4 * 1024 * 1024
"""A member up to this size is read once for check and content id; a larger one twice, so that memory stays small."""


class PackBytes(Protocol):
    """A pack's bytes by range."""

    @property
    def name(self) -> str:
        """The pack's twelve digits."""

    @property
    def size(self) -> int:
        """Bytes in the pack."""

    def read_at(self, start: int, stop: int) -> bytes:
        """Give bytes start to stop, fewer where the pack ends. Raises OSError when the disk fails."""


def kind_of(name: str) -> MemberKind:
    """Tell what a member is by its name."""
    if _OBJECT.fullmatch(name):
        return MemberKind.OBJECT
    if _EVENT.fullmatch(name):
        return MemberKind.EVENT
    return MemberKind.DELETED if _DELETED.fullmatch(name) else MemberKind.OTHER


def deleted_name(name: str) -> str:
    """Give the name that an object's place bears once its bytes are punched out."""
    if kind_of(name) is not MemberKind.OBJECT:
        raise ValueError("only an object can be deleted from a pack")
    return ".deleted/" + name.removesuffix(".dcm")


def seal_tail(pack: str, end: int) -> bytes:
    """Give the 1,536 bytes that end a sealed pack: tar's two zero blocks, then our seal block.

    The two zero blocks alone would not do as a mark: an image whose last rows are black ends in zeros as well.
    """
    mark = b"ISOCENTER PACK SEAL 1\npack %b\nend %020d\n" % (pack.encode("ascii"), end)
    return bytes(2 * BLOCK_SIZE) + mark.ljust(BLOCK_SIZE, b"\0")


def sealed_end(pack: PackBytes) -> int | None:
    """Give the end of the last member of a sealed pack; None when the pack is open."""
    end = pack.size - len(seal_tail(pack.name, 0))
    if end < 0 or end % BLOCK_SIZE or pack.read_at(end, pack.size) != seal_tail(pack.name, end):
        return None
    return end


def member_at(pack: PackBytes, offset: int) -> ScannedMember | None:
    """Read the member whose header lies at ``offset``; None when there is none, or it does not end in the pack."""
    header = decode_header(pack.read_at(offset, offset + BLOCK_SIZE))
    start = offset + BLOCK_SIZE
    if header is None or start + padded(header.size) > pack.size:
        return None
    name = header.name
    return ScannedMember(pack.name, name, kind_of(name), start, header.size, header.check, header.modified)


def scan(pack: PackBytes, offset: int = 0) -> Iterator[ScannedMember]:
    """Walk from header to header; ends at the first that is zero, short or of bad checksum."""
    while (member := member_at(pack, offset)) is not None:
        yield member
        offset = member.offset + padded(member.size)


def whole_checks(pack: PackBytes, member: ScannedMember, content_id_of: ContentIdOf) -> bytes | None:
    """Read a member and give its checks; None when it is not what its header and its name say.

    Objects must hash to their name; every member must agree with the check in its header. Members of a later version
    have the check too: it is part of the format. Raises OSError when the disk fails.
    """
    read = _range_reader(pack, member)
    checks = _checks(read, member.size)
    result = checks.result()
    if checks.size != member.size or summary(result) != member.check:
        return None
    if member.kind is MemberKind.OBJECT and not _is_content(member, read, content_id_of):
        return None
    return result


def scan_past_damage(pack: PackBytes, offset: int = 0) -> Iterator[ScannedMember]:
    """Walk as `scan` does; in a sealed pack go on at the next header where one is broken, up to the seal."""
    end = sealed_end(pack)
    while True:
        for member in scan(pack, offset):
            yield member
            offset = member.offset + padded(member.size)
        if end is None or offset >= end:
            return
        offset = _next_header(pack, offset + BLOCK_SIZE, end)


def _next_header(pack: PackBytes, offset: int, end: int) -> int:
    """Return where the next header lies, or ``end``."""
    while offset < end:
        blocks = pack.read_at(offset, min(offset + _READ_AT_ONCE, end))
        for start in range(0, len(blocks), BLOCK_SIZE):
            if decode_header(blocks[start : start + BLOCK_SIZE]) is not None:
                return offset + start
        offset += _READ_AT_ONCE
    return end


def present_checks(pack: PackBytes, member: ScannedMember) -> bytes:
    """Give the checks of a member's bytes as they are, whether they are what was stored or not."""
    return _checks(_range_reader(pack, member), member.size).result()


def _checks(read: ReadRange, size: int) -> BlockChecks:
    checks = BlockChecks()
    for start in range(0, size, _READ_AT_ONCE):
        checks.update(read(start, start + _READ_AT_ONCE))
    return checks


def _range_reader(pack: PackBytes, member: ScannedMember) -> ReadRange:
    if member.size <= _READ_AT_ONCE:
        payload = pack.read_at(member.offset, member.offset + member.size)
        return lambda start, stop: payload[start:stop]
    return lambda start, stop: pack.read_at(member.offset + start, member.offset + min(stop, member.size))


def _is_content(member: ScannedMember, read: ReadRange, content_id_of: ContentIdOf) -> bool:
    try:
        return content_id_of(read, member.size) == member.content_id
    except IsocenterError:  # bytes that cannot even be parsed are not the content either
        return False


def verify(
    pack: PackBytes, content_id_of: ContentIdOf, expected: Iterable[tuple[str, Location]]
) -> Iterator[CheckedMember]:
    """Judge every member that the headers lead to, then every expected one that they did not lead to.

    What follows the last whole member of an open pack is no fault: it may be being written.
    """
    awaited = {location.offset: (name, location) for name, location in expected}
    end = 0
    try:
        for member in scan(pack):
            yield _checked(pack, member, content_id_of, awaited.pop(member.offset, None))
            end = member.offset + padded(member.size)
        sealed = sealed_end(pack)
        status = CheckStatus.SIZE if sealed is not None and sealed != end else CheckStatus.OK
    except OSError:
        status = CheckStatus.IO_ERROR
    if status is not CheckStatus.OK:
        yield CheckedMember("", Location("pack", pack.name, end, max(pack.size - end, 0)), status)
    for offset, wanted in sorted(awaited.items()):
        yield _checked_off_chain(pack, offset, wanted, content_id_of)


def _checked_off_chain(
    pack: PackBytes, offset: int, wanted: tuple[str, Location], content_id_of: ContentIdOf
) -> CheckedMember:
    # The chain of headers broke before this one, yet the index knows where it is.
    name, location = wanted
    try:
        member = member_at(pack, offset - BLOCK_SIZE) if offset >= BLOCK_SIZE else None
    except OSError:
        return CheckedMember(name, location, CheckStatus.IO_ERROR)
    if member is not None:
        return _checked(pack, member, content_id_of, wanted)
    short = offset < pack.size < offset + location.length
    return CheckedMember(name, location, CheckStatus.SIZE if short else CheckStatus.MISSING)


def _checked(
    pack: PackBytes, member: ScannedMember, content_id_of: ContentIdOf, wanted: tuple[str, Location] | None
) -> CheckedMember:
    if wanted is not None and wanted[0] != member.name:
        return CheckedMember(wanted[0], wanted[1], CheckStatus.MISSING)
    if wanted is not None and wanted[1].length != member.size:
        return CheckedMember(member.name, wanted[1], CheckStatus.SIZE)
    if member.kind is MemberKind.DELETED:
        return CheckedMember(member.name, member.location, CheckStatus.OK)
    try:
        whole = whole_checks(pack, member, content_id_of) is not None
    except OSError:
        return CheckedMember(member.name, member.location, CheckStatus.IO_ERROR)
    return CheckedMember(member.name, member.location, CheckStatus.OK if whole else CheckStatus.HASH)
