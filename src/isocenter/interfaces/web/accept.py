"""Which representation a request asks for (PS3.18 8.7): media types with parameters and quality values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.requests import Request

from isocenter.errors import CallerError

__all__ = ["MediaRange", "NotAcceptable", "chosen", "media_ranges", "requested_ranges"]

MAX_RANGES = 64
"""Entries of an Accept header that are read."""


class NotAcceptable(CallerError):
    """None of the representations asked for can be given."""


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One entry of an Accept header."""

    media_type: str
    parameters: dict[str, str] = field(default_factory=dict)
    quality: float = 1.0

    def covers(self, media_type: str) -> bool:
        """Whether a media type is in this range."""
        if self.media_type == "*/*":
            return True
        main, _, sub = self.media_type.partition("/")
        return self.media_type == media_type or (sub == "*" and media_type.startswith(main + "/"))


def media_ranges(header: str) -> list[MediaRange]:
    """Read an Accept header, best first; entries that make no sense are ignored (PS3.18 8.7.5)."""
    ranges = [entry for text in _split(header, ",")[:MAX_RANGES] if (entry := _range(text)) is not None]
    return sorted(ranges, key=lambda entry: -entry.quality)


def requested_ranges(request: Request) -> list[MediaRange]:
    """Read what a request accepts: the query parameter before the header (PS3.18 8.7.8)."""
    parameter = request.query_params.get("accept")
    return media_ranges(parameter if parameter is not None else request.headers.get("accept", ""))


def chosen(ranges: Sequence[MediaRange], offered: Sequence[str]) -> tuple[str, MediaRange]:
    """Choose what to give: the first of ``offered`` that the best range covers. Raises NotAcceptable.

    ``offered`` names media types, the default first; for multipart the type of the parts, as in
    ``multipart/related; type="application/dicom"``.
    """
    for entry in ranges:
        if entry.quality <= 0:
            continue
        for media_type in offered:
            if _fits(entry, media_type):
                return media_type, entry
    raise NotAcceptable(f"Only these can be given: {', '.join(offered)}.")


def _fits(entry: MediaRange, offered: str) -> bool:
    plain, _, rest = offered.partition(";")
    if not entry.covers(plain.strip()):
        return False
    part_type = _range(f"x/x;{rest}")
    wanted = entry.parameters.get("type")
    return wanted is None or part_type is None or part_type.parameters.get("type", wanted) == wanted


def _range(text: str) -> MediaRange | None:
    media_type, *rest = _split(text, ";") or [""]
    if media_type.count("/") != 1 or not all(media_type.split("/")):
        return None
    parameters = {}
    quality = 1.0
    for part in rest:
        name, _, value = part.partition("=")
        name, value = name.strip().lower(), value.strip().strip('"')
        if name == "q":
            try:
                quality = float(value)
            except ValueError:
                return None
        elif name:
            parameters[name] = value
    return MediaRange(media_type.lower(), parameters, quality)


def _split(text: str, separator: str) -> list[str]:
    """Split where a separator stands outside quotation marks."""
    parts: list[str] = []
    current: list[str] = []
    quoted = False
    for character in text:
        if character == '"':
            quoted = not quoted
        if character == separator and not quoted:
            parts.append("".join(current))
            current = []
        else:
            current.append(character)
    parts.append("".join(current))
    return [part.strip() for part in parts if part.strip()]
