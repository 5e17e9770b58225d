"""Streams multipart/related (RFC 2387, PS3.18 8.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from starlette.concurrency import iterate_in_threadpool

__all__ = ["Part", "multipart_related"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its headers and its body, read when it is sent."""

    content_type: str
    location: str
    length: int
    body: Iterator[bytes]


def multipart_related(parts: Iterator[Part], boundary: str) -> AsyncIterator[bytes]:
    """Write the parts one after another; disk reads happen on a thread."""
    return iterate_in_threadpool(_pieces(parts, boundary))


def _pieces(parts: Iterator[Part], boundary: str) -> Iterator[bytes]:
    for part in parts:
        yield (
            f"\r\n--{boundary}\r\nContent-Type: {part.content_type}\r\nContent-Length: {part.length}\r\n"
            f"Content-Location: {part.location}\r\n\r\n"
        ).encode()
        yield from part.body
    yield f"\r\n--{boundary}--\r\n".encode()
