"""Streams multipart/related (RFC 2387, PS3.18 8.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import chain

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

__all__ = ["Part", "begun", "multipart_related"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its headers and its body, read when it is sent."""

    content_type: str
    location: str
    length: int
    body: Iterator[bytes]


async def begun(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Read the first piece now, while an error can still become a status; the rest when it is sent, on a thread."""
    first = await run_in_threadpool(next, pieces, b"")
    return iterate_in_threadpool(chain((first,), pieces))


def multipart_related(parts: Iterator[Part], boundary: str) -> Iterator[bytes]:
    """Write the parts one after another; a part's first bytes are read before it is announced."""
    for part in parts:
        first = next(part.body, b"")
        yield (
            f"\r\n--{boundary}\r\nContent-Type: {part.content_type}\r\nContent-Length: {part.length}\r\n"
            f"Content-Location: {part.location}\r\n\r\n"
        ).encode()
        yield first
        yield from part.body
    yield f"\r\n--{boundary}--\r\n".encode()
