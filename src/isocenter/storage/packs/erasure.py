"""Erasing an object's bytes in place: rename its header, make that durable, then punch out the payload only."""

from __future__ import annotations

from isocenter.errors import DamagedContent
from isocenter.storage.members import deleted_name
from isocenter.storage.packs.disk import Disk, write_all
from isocenter.storage.port import Location
from isocenter.storage.tar import BLOCK_SIZE, decode_header, renamed

__all__ = ["punch_member"]


def punch_member(disk: Disk, fd: int, location: Location, name: str) -> None:
    """Erase the object ``name`` at ``location``; safe to repeat.

    Raises OSError when the disk fails, DamagedContent when the object is not there.

    The header stays a header: a hole over one would end the archive for every tar tool. Its new name is durable before
    a byte of the payload goes, so that no crash leaves a member that claims bytes it no longer has.
    """
    gone = deleted_name(name)
    place = location.offset - BLOCK_SIZE
    block = disk.pread(fd, BLOCK_SIZE, place) if place >= 0 else b""
    header = decode_header(block)
    if header is None or header.size != location.length or header.name not in (name, gone):
        raise DamagedContent("The pack does not hold this content where it should be.")
    # Written again even when it bears the new name: an earlier attempt's sync may have failed without trace.
    write_all(disk, fd, [renamed(block, gone)], place)
    disk.fdatasync(fd)
    if location.length:
        disk.punch(fd, location.offset, location.length)
        disk.fdatasync(fd)
