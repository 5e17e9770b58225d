"""The resumable walker: bytes of a data set in, in any pieces; what ingest needs out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from isocenter.dicom.frames import FrameTable
from isocenter.dicom.transfer_syntax import walked_as
from isocenter.dicom.walk import oddity
from isocenter.dicom.walk.engine import Engine
from isocenter.dicom.walk.inflate import Inflater
from isocenter.dicom.walk.limits import WalkLimits
from isocenter.dicom.walk.locate import DESCRIPTION_TAGS, OFFSET_TABLE_TAGS, locate_frames
from isocenter.dicom.walk.recorder import PIXEL_TAGS, Recorder
from isocenter.dicom.walk.result import WalkResult
from isocenter.dicom.walk.sink import Buffer, Plan
from isocenter.errors import LimitExceeded

__all__ = ["Walker"]

_SPECIFIC_CHARACTER_SET: Final = 0x00080005
_ALWAYS: Final = DESCRIPTION_TAGS | OFFSET_TABLE_TAGS | PIXEL_TAGS | {_SPECIFIC_CHARACTER_SET}
_DEFAULT_LIMITS: Final = WalkLimits()
_NOTHING: Final[frozenset[int | tuple[int, int]]] = frozenset()


class Walker:
    """Follows a data set to its exact end and keeps the values that were asked for.

    ``keep`` names top-level tags, and pairs (sequence, element) for elements in the items of a top-level sequence.
    Pass the same frozenset to every walker: it is compiled once. What describes pixel data and the character set
    are kept in any case. Any split of the bytes over calls of `feed` gives the same result.

    Raises DataSetError when the structure does not close, LimitExceeded when a bound of ``limits`` is passed; the
    walker is then of no more use.
    """

    __slots__ = ("_engine", "_inflater", "_keep", "_limits", "_recorder", "_size", "_syntax")

    def __init__(
        self,
        transfer_syntax_uid: str,
        *,
        limits: WalkLimits = _DEFAULT_LIMITS,
        keep: frozenset[int | tuple[int, int]] | frozenset[int] = _NOTHING,
    ) -> None:
        self._syntax = walked_as(transfer_syntax_uid)
        self._limits = limits
        self._keep = keep
        self._recorder = Recorder(self._syntax, limits)
        self._engine = Engine(self._syntax, _plan(keep, limits.value), self._recorder, limits)
        self._inflater = Inflater(limits) if self._syntax.deflated else None
        self._size = 0

    @property
    def values(self) -> Mapping[int, bytes]:
        """The values found so far of the top-level tags that were asked for."""
        return self._recorder.values

    @property
    def elements(self) -> int:
        """Elements read so far, at all levels."""
        return self._engine.elements

    def feed(self, data: Buffer) -> None:
        """Take the next bytes of the data set; they are not held on to after the call."""
        room = self._limits.size - self._size
        if len(data) > room:
            self._walk(memoryview(data)[:room])  # so that what is wrong before the limit is said first
            raise LimitExceeded(f"the data set is longer than {self._limits.size} bytes")
        self._size += len(data)
        self._walk(data)

    def close(self) -> WalkResult:
        """Say that the data set is complete, and get what was found."""
        if self._inflater is not None:
            for piece in self._inflater.close():
                self._engine.feed(piece)
        self._engine.close()
        return self._result()

    def _walk(self, data: Buffer) -> None:
        if self._inflater is None:
            self._engine.feed(data)
            return
        for piece in self._inflater.feed(data):
            self._engine.feed(piece)

    def _result(self) -> WalkResult:
        engine, recorder, inflater = self._engine, self._recorder, self._inflater
        oddities = engine.oddities
        frames, note = FrameTable(), None
        if recorder.pixel_data is not None:
            frames, note = locate_frames(recorder, self._syntax)
        if note:
            oddities.add(note)
        if recorder.oversized:
            oddities.add(oddity.VALUE_TOO_LONG)
        if inflater is not None and inflater.odd_ending:
            oddities.add(oddity.BYTES_AFTER_DEFLATE)
        for tag in OFFSET_TABLE_TAGS - self._keep:
            recorder.values.pop(tag, None)
            recorder.vrs.pop(tag, None)
        header_length = recorder.header_length
        return WalkResult(
            values=recorder.values,
            vrs=recorder.vrs,
            items=recorder.items,
            character_set=_terms(recorder.values.get(_SPECIFIC_CHARACTER_SET, b"")),
            pixel_data=recorder.pixel_data,
            frames=frames,
            header_length=engine.position if header_length is None else header_length,
            size=self._size,
            inflated_size=self._size if inflater is None else inflater.inflated,
            deflated=inflater is not None,
            elements=engine.elements,
            oddities=tuple(sorted(oddities)),
        )


@lru_cache(maxsize=64)
def _plan(keep: frozenset[int | tuple[int, int]], longest: int) -> Plan:
    nested: dict[int, set[int]] = {}
    tags: set[int] = set(_ALWAYS)
    for wanted in keep:
        if isinstance(wanted, int):
            tags.add(wanted)
        else:
            nested.setdefault(wanted[0], set()).add(wanted[1])
    return Plan(
        tags=frozenset(tags),
        nested={tag: frozenset(elements) for tag, elements in nested.items()},
        left=PIXEL_TAGS,
        longest=longest,
        fragments=1,
    )


def _terms(raw: bytes) -> tuple[str, ...]:
    text = raw.decode("latin-1").strip(" \0")
    return tuple(term.strip(" \0") for term in text.split("\\")) if text else ()
