"""Bytes to data set: the engine of the walker with everything handed on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from isocenter.dicom.byte_order import swapped
from isocenter.dicom.dataset.model import BulkData, DataSet, Element, Fragments
from isocenter.dicom.dictionary import implicit_vr, is_private_creator, private_entry
from isocenter.dicom.transfer_syntax import TransferSyntax, walked_as
from isocenter.dicom.vr import KNOWN
from isocenter.dicom.walk.engine import Engine
from isocenter.dicom.walk.inflate import Inflater
from isocenter.dicom.walk.limits import WalkLimits
from isocenter.dicom.walk.sink import Buffer, Plan
from isocenter.errors import LimitExceeded

__all__ = ["read_data_set", "read_data_set_in_pieces"]

_PIXEL_REPRESENTATION: Final = 0x00280103
_VR_TEXT: Final = {vr.encode(): vr for vr in KNOWN}
_DEFAULT_LIMITS: Final = WalkLimits()
_EVERYTHING: Final = Plan(everything=True)
_FAR: Final = 1 << 62


def read_data_set(
    data: Buffer,
    transfer_syntax_uid: str,
    *,
    bulk_threshold: int | None = None,
    limits: WalkLimits = _DEFAULT_LIMITS,
) -> DataSet:
    """Read a whole data set into memory.

    With a ``bulk_threshold``, values of more bytes than that, and all encapsulated pixel data, become `BulkData`:
    their place in the data set, of the inflated one for a deflated syntax. VRs that the encoding does not give come
    from the dictionary; a sequence that came as UN is given as SQ. Of elements with the same tag the last counts.

    Raises DataSetError when the structure does not close, LimitExceeded when a bound of ``limits`` is passed.
    """
    syntax = walked_as(transfer_syntax_uid)
    if syntax.deflated:
        data = b"".join(_inflated([data], limits))
    plan = _EVERYTHING if bulk_threshold is None else _short_values(bulk_threshold)
    return _read([data], syntax, plan, limits, most=_FAR)


def read_data_set_in_pieces(
    pieces: Iterable[Buffer],
    transfer_syntax_uid: str,
    *,
    bulk_threshold: int,
    limits: WalkLimits = _DEFAULT_LIMITS,
) -> DataSet:
    """Read a data set that is not held whole: as `read_data_set`, but long values are never in memory.

    Raises LimitExceeded also when the values that are not long are more than ``limits.kept`` bytes together.
    """
    syntax = walked_as(transfer_syntax_uid)
    if syntax.deflated:
        pieces = _inflated(pieces, limits)
    return _read(pieces, syntax, _short_values(bulk_threshold), limits, most=limits.kept)


def _read(pieces: Iterable[Buffer], syntax: TransferSyntax, plan: Plan, limits: WalkLimits, *, most: int) -> DataSet:
    builder = _Builder(syntax.big_endian, keep_fragments=plan.fragments > 0, most=most)
    engine = Engine(syntax, plan, builder, limits)
    for piece in pieces:
        engine.feed(piece)
    engine.close()
    return builder.data_set


def _short_values(longest: int) -> Plan:
    return Plan(everything=True, longest=longest, fragments=0)


def _inflated(pieces: Iterable[Buffer], limits: WalkLimits) -> Iterator[bytes]:
    inflater = Inflater(limits)
    for piece in pieces:
        yield from inflater.feed(piece)
    yield from inflater.close()


class _Builder:
    """Builds the tree of data sets from what the engine reports."""

    __slots__ = (
        "_big",
        "_fragments",
        "_keep_fragments",
        "_most",
        "_open_fragments",
        "_signed",
        "_stack",
        "data_set",
    )

    def __init__(self, big_endian: bool, *, keep_fragments: bool, most: int) -> None:
        self._big = big_endian
        self._most = most
        """Bytes of values that may still be kept."""
        self._keep_fragments = keep_fragments
        self.data_set = DataSet()
        """The data set that elements go into now; when all is read, the whole."""
        self._signed = 0
        """Pixel Representation in force, which tells US from SS in implicit VR (PS3.5 A.1)."""
        self._stack: list[tuple[DataSet, int, list[DataSet], tuple[str, ...]]] = []
        """For each open sequence: what holds it, Pixel Representation there, its items, the character set."""
        self._fragments: list[bytes] = []
        self._open_fragments = (0, "", 0)

    def value(self, tag: int, vr: bytes, raw: bytes, parent: int) -> None:
        """Add an element."""
        self._most -= len(raw)
        if self._most < 0:
            raise LimitExceeded("the values of the data set are too long together", tag=tag)
        text = self._vr(tag, vr)
        if self._big and vr:  # without a VR it lies in UN, which is little endian (PS3.5 6.2.2)
            raw = swapped(raw, text)
        if tag == _PIXEL_REPRESENTATION and raw:
            self._signed = raw[0]
        self.data_set.put(Element(tag, text, raw))

    def left(self, tag: int, vr: bytes, element: int, start: int, length: int, parent: int) -> None:
        """Add the place of a long value."""
        self.data_set.put(Element(tag, self._vr(tag, vr), BulkData(start, length)))

    def begin_sequence(self, tag: int, vr: bytes) -> None:
        """Add a sequence, to be filled."""
        items: list[DataSet] = []
        holder = self.data_set
        holder.put(Element(tag, "SQ", items))
        self._stack.append((holder, self._signed, items, holder.character_sets))

    def end_sequence(self) -> None:
        """Forget the open sequence."""
        self._stack.pop()

    def begin_item(self) -> None:
        """Add an item, to be filled."""
        _, _, items, character_sets = self._stack[-1]
        self.data_set = DataSet(character_sets=character_sets)
        items.append(self.data_set)

    def end_item(self) -> None:
        """Go back to what holds the sequence."""
        self.data_set, self._signed, _, _ = self._stack[-1]

    def begin_fragments(self, tag: int, vr: bytes, element: int, start: int, parent: int) -> None:
        """Start collecting fragments."""
        self._fragments = []
        self._open_fragments = (tag, self._vr(tag, vr) if vr else "OB", start)

    def fragment(self, start: int, length: int, raw: bytes) -> None:
        """Collect a fragment."""
        if self._keep_fragments:
            self._fragments.append(raw)

    def end_fragments(self, end: int) -> None:
        """Add the encapsulated element."""
        tag, vr, start = self._open_fragments
        if not self._keep_fragments:
            self.data_set.put(Element(tag, vr, BulkData(start, end - start, encapsulated=True)))
            return
        table, items = (self._fragments[0], tuple(self._fragments[1:])) if self._fragments else (b"", ())
        self.data_set.put(Element(tag, vr, Fragments(table, items)))

    def _vr(self, tag: int, vr: bytes) -> str:
        if vr:
            return _VR_TEXT.get(vr) or vr.decode("ascii")
        if tag & 0x10000 and tag & 0xFFFF and not is_private_creator(tag):
            return self._private_vr(tag)
        known = implicit_vr(tag, self._signed)
        return known if known != "SQ" else "UN"  # one with items would be no plain value

    def _private_vr(self, tag: int) -> str:
        """Ask the private dictionary, by the creator that reserved the block (PS3.5 7.8.1)."""
        creator = self.data_set.raw(tag & 0xFFFF0000 | (tag & 0xFF00) >> 8)
        known = private_entry(creator.decode("latin-1").strip(" \0"), tag) if creator else None
        if known is None or known.vr not in KNOWN or known.vr == "SQ":
            return "UN"
        return known.vr
