"""The one parser of data sets: a push parser that follows the structure and hands on what was asked for.

Bytes go in as they come. The engine holds the header of the element that is cut off at the end of a chunk, or a
value that was asked for and is not complete; everything else is counted and let go. Open sequences and items are
entries on a list, so depth costs no recursion.

A step is a method that reads at one kind of level: elements with explicit VR, elements without, items of a
sequence, fragments, zeros after the last element. It returns the position that it reached. A position beyond the
buffer means bytes to skip; a position from which fewer than ``_need`` bytes are left means that more must come.
So every decision depends on bytes, never on where chunks were cut.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Final, TypeAlias

from isocenter.dicom.dictionary import sequence_tags, tag_text
from isocenter.dicom.transfer_syntax import TransferSyntax
from isocenter.dicom.vr import LONG_FORM, SHORT_FORM
from isocenter.dicom.walk import oddity
from isocenter.dicom.walk.limits import WalkLimits
from isocenter.dicom.walk.sink import Buffer, Plan, Sink
from isocenter.errors import DataSetError, LimitExceeded

__all__ = ["Engine"]

_Step: TypeAlias = "Callable[[Engine, Buffer, int, int], int]"

_UNDEFINED: Final = 0xFFFFFFFF
_FAR: Final = 1 << 62
"""The end of a level whose end nothing tells."""
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DELIMITERS: Final = 0xFFFE0000
_LOW: Final = 0x0007FFFF
"""No data set element lies at or below it (PS3.5 7.1), so such a tag takes the path of the odd ones."""
_PIXEL_DATA: Final = 0x7FE00010
_STRUCTURE, _LEVEL = 1, 2
"""Why a loop over elements stopped: at a delimiter or padding, or at a value that holds items."""

_ITEM_STARTS: Final = frozenset([b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"])
_SHORT: Final = frozenset(vr.encode() for vr in SHORT_FORM)
_LONG: Final = frozenset(vr.encode() for vr in LONG_FORM)
_FRAGMENTED: Final = frozenset([b"OB", b"OW", b"OD", b"OF", b"OL", b"OV"])
_NO_TAGS: Final[frozenset[int]] = frozenset()

_EXPLICIT_LITTLE: Final = Struct("<HH2sH").unpack_from
_EXPLICIT_BIG: Final = Struct(">HH2sH").unpack_from
_PLAIN_LITTLE: Final = Struct("<HHI").unpack_from
_PLAIN_BIG: Final = Struct(">HHI").unpack_from
_LENGTH_LITTLE: Final = Struct("<I").unpack_from
_LENGTH_BIG: Final = Struct(">I").unpack_from


class Engine:
    """Follows the structure of one data set in a given, already inflated encoding."""

    __slots__ = (
        "_base",
        "_big",
        "_depth",
        "_elements",
        "_end",
        "_fragments",
        "_head",
        "_implicit",
        "_items",
        "_keep",
        "_last",
        "_limits",
        "_need",
        "_open",
        "_parent",
        "_pending",
        "_plain",
        "_plan",
        "_sequence",
        "_sequences",
        "_sink",
        "_skip",
        "_stack",
        "_step",
        "_syntax",
        "_zeros_start",
        "oddities",
    )

    def __init__(self, syntax: TransferSyntax, plan: Plan, sink: Sink, limits: WalkLimits) -> None:
        self._syntax = syntax
        self._plan = plan
        self._sink = sink
        self._limits = limits
        self._big = syntax.big_endian
        self._sequences = sequence_tags()
        self.oddities: set[str] = set()
        # Where we are in the bytes.
        self._base = 0
        self._skip = 0
        self._need = 8
        self._pending = bytearray()
        # Counts against the limits.
        self._elements = 0
        self._items = 0
        self._fragments = 0
        self._zeros_start = 0
        # The level that is being read, and those around it.
        self._stack: list[tuple[_Step, int, bool, bool, int, frozenset[int], int, int]] = []
        self._depth = 0
        self._end = _FAR
        self._open = False
        """The level ends at a delimiter; reaching its end is an error."""
        self._last = _LOW
        self._parent = 0
        """The sequence that the elements read now are in, 0 at the top."""
        self._sequence = 0
        """The sequence whose items are read now."""
        self._keep = plan.tags
        self._set_encoding(syntax.implicit_vr)
        self._step: _Step = Engine._without_vr if syntax.implicit_vr else Engine._with_vr

    @property
    def elements(self) -> int:
        """Elements read so far, at all levels."""
        return self._elements

    @property
    def position(self) -> int:
        """Bytes read so far, and certain to be part of the structure."""
        return self._base

    # Bytes in

    def feed(self, data: Buffer) -> None:
        """Read the next bytes."""
        if self._skip or self._pending:
            data = self._resume(data)
            if self._skip or self._pending:
                return
        stopped = self._run(data, 0)
        size = len(data)
        if stopped < size:
            self._pending += data[stopped:]
            self._base += stopped
        else:
            self._skip = stopped - size
            self._base += size

    def close(self) -> None:
        """Say that there is no more; raises DataSetError unless every length and delimiter is satisfied."""
        if self._skip:
            raise self._error(f"the data set ends {self._skip} bytes before the end of {tag_text(self._last)}")
        self._run(b"", 0)
        if self._stack and self._step is not Engine._zeros:
            raise self._error(f"the data set ends inside {tag_text(self._sequence)}", self._sequence)
        if self._pending:
            if any(self._pending):
                raise self._error(f"the data set ends inside the element that follows {tag_text(self._last)}")
            self.oddities.add(oddity.TRAILING_ZEROS)
            self._base += len(self._pending)

    def _resume(self, data: Buffer) -> Buffer:
        """Use up what the last chunk left over; return the rest of this chunk, uncopied."""
        rest = memoryview(data)
        while rest and (self._skip or self._pending):
            if self._skip:
                step = min(self._skip, len(rest))
                self._skip -= step
                self._base += step
                rest = rest[step:]
                continue
            lacking = self._need - len(self._pending)
            self._pending += rest[:lacking]
            rest = rest[lacking:]
            if len(self._pending) < self._need:
                break
            head = bytes(self._pending)
            self._pending.clear()
            stopped = self._run(head, 0)
            if stopped < len(head):
                self._pending += head[stopped:]
                self._base += stopped
            else:
                self._skip = stopped - len(head)
                self._base += len(head)
        return rest

    def _run(self, buffer: Buffer, pos: int) -> int:
        size = len(buffer)
        base = self._base
        while True:
            if pos + base >= self._end:
                self._close_level()
                continue
            if pos + self._need > size:
                return pos
            self._need = 8
            pos = self._step(self, buffer, pos, size)

    # Levels

    def _set_encoding(self, implicit: bool) -> None:
        self._implicit = implicit
        big = self._big and not implicit  # what UN holds is little endian (PS3.5 6.2.2)
        self._head = _EXPLICIT_BIG if big else _EXPLICIT_LITTLE
        self._plain = _PLAIN_BIG if big else _PLAIN_LITTLE

    def _push(self, step: _Step, end: int, is_open: bool) -> None:
        self._stack.append(
            (self._step, self._end, self._open, self._implicit, self._last, self._keep, self._parent, self._sequence)
        )
        self._step = step
        self._end = end
        self._open = is_open

    def _pop(self) -> None:
        step, end, is_open, implicit, last, keep, parent, sequence = self._stack.pop()
        self._step, self._end, self._open, self._last = step, end, is_open, last
        self._keep, self._parent, self._sequence = keep, parent, sequence
        if implicit is not self._implicit:
            self._set_encoding(implicit)

    def _close_level(self) -> None:
        """Leave a level because its defined end, or that of one around it, is reached."""
        if self._open:
            raise self._error(f"a delimiter is missing in {tag_text(self._sequence)}", self._sequence)
        if self._step is Engine._sequence_items:
            self._close_sequence()
        else:
            self._pop()
            self._sink.end_item()

    def _close_sequence(self) -> None:
        self._pop()
        self._depth -= 1
        self._sink.end_sequence()

    def _open_level(self, tag: int, vr: bytes, element: int, start: int, length: int) -> None:
        """Go into a value that holds items: a sequence, or encapsulated data. Positions are absolute."""
        is_open = length == _UNDEFINED
        end = self._end if is_open else start + length
        if end > self._end or start > end:
            raise self._beyond(tag)
        self._elements += 1
        if self._elements > self._limits.elements:
            raise self._too_many("elements", self._limits.elements)
        self._last = tag
        if tag == _PIXEL_DATA or vr in _FRAGMENTED:
            self._open_fragments(tag, vr, element, start)
        elif vr and vr != b"SQ" and vr != b"UN":
            raise self._error(f"{tag_text(tag)} of VR {vr.decode()} has undefined length", tag)
        else:
            self._open_sequence(tag, vr, end, is_open)

    def _open_sequence(self, tag: int, vr: bytes, end: int, is_open: bool) -> None:
        if self._depth >= self._limits.depth:
            raise LimitExceeded(f"sequences are nested deeper than {self._limits.depth}", tag=tag, offset=self._base)
        self._sink.begin_sequence(tag, vr)
        self._push(Engine._sequence_items, end, is_open)
        self._depth += 1
        self._sequence = tag
        self._keep = self._plan.nested.get(tag, _NO_TAGS) if self._depth == 1 else _NO_TAGS
        if vr == b"UN":
            self._set_encoding(implicit=True)

    def _open_fragments(self, tag: int, vr: bytes, element: int, start: int) -> None:
        if not self._syntax.encapsulated or tag != _PIXEL_DATA:
            self.oddities.add(oddity.FRAGMENTS_ELSEWHERE)
        self._sink.begin_fragments(tag, vr, element, start, self._parent)
        self._push(Engine._encapsulated, self._end, is_open=True)
        self._sequence = tag
        self._fragments = 0

    # Steps

    def _with_vr(self, buffer: Buffer, pos: int, size: int) -> int:
        """Read elements with explicit VR (PS3.5 7.1.2). The hot loop: a usual element costs no call."""
        head, keep, everything, short = self._head, self._keep, self._plan.everything, _SHORT
        end = self._end - self._base
        final = min(size - 8, end - 1)
        count, most, last, odd = self._elements, self._limits.elements, self._last, 0
        tag, vr, start, length, special = 0, b"", 0, 0, 0
        while pos <= final:
            group, element, vr, length = head(buffer, pos)
            tag = group << 16 | element
            if not last < tag < _DELIMITERS and self._is_structure(tag, last, buffer, pos):
                special = _STRUCTURE
                break
            start = pos + 8
            if vr not in short:
                if vr not in _LONG:
                    self._check_letters(tag, vr)
                if pos + 12 > size:
                    self._need = 12
                    break
                length = (_LENGTH_BIG if self._big else _LENGTH_LITTLE)(buffer, start)[0]
                start = pos + 12
                if vr == b"SQ" or length == _UNDEFINED:
                    special = _LEVEL
                    break
            stop = start + length
            if stop > end:
                raise self._beyond(tag)
            odd |= length
            if (everything or tag in keep) and not self._take(tag, vr, buffer, pos, start, stop):
                break
            last = tag
            pos = stop
            count += 1
            if count > most:
                raise self._too_many("elements", most)
        self._elements, self._last = count, last
        if odd & 1:
            self.oddities.add(oddity.ODD_LENGTH)
        return self._special(special, tag, vr, buffer, pos, start, length) if special else pos

    def _without_vr(self, buffer: Buffer, pos: int, size: int) -> int:
        """Read elements with implicit VR (PS3.5 7.1.3); its twin above differs in the header alone."""
        keep, everything, sequences = self._keep, self._plan.everything, self._sequences
        end = self._end - self._base
        final = min(size - 8, end - 1)
        count, most, last, odd = self._elements, self._limits.elements, self._last, 0
        tag, start, length, special = 0, 0, 0, 0
        while pos <= final:
            group, element, length = _PLAIN_LITTLE(buffer, pos)
            tag = group << 16 | element
            if not last < tag < _DELIMITERS and self._is_structure(tag, last, buffer, pos):
                special = _STRUCTURE
                break
            start = pos + 8
            if length == _UNDEFINED:
                special = _LEVEL
                break
            if tag in sequences:
                if length >= 4 and pos + 12 > size:
                    self._need = 12
                    break
                if self._starts_with_item(buffer, start, length):
                    special = _LEVEL
                    break
            stop = start + length
            if stop > end:
                raise self._beyond(tag)
            odd |= length
            if (everything or tag in keep) and not self._take(tag, b"", buffer, pos, start, stop):
                break
            last = tag
            pos = stop
            count += 1
            if count > most:
                raise self._too_many("elements", most)
        self._elements, self._last = count, last
        if odd & 1:
            self.oddities.add(oddity.ODD_LENGTH)
        return self._special(special, tag, b"", buffer, pos, start, length) if special else pos

    def _sequence_items(self, buffer: Buffer, pos: int, size: int) -> int:
        """Read one item header, or the end of the sequence (PS3.5 7.5.1, 7.5.2)."""
        group, element, length = self._plain(buffer, pos)
        tag = group << 16 | element
        start = pos + 8 + self._base
        if start > self._end:
            raise self._beyond(self._sequence)
        if tag == _ITEM:
            self._open_item(start, length)
        elif tag == _SEQUENCE_END:
            self._note_delimiter(length)
            if self._open:
                self._close_sequence()
            else:
                self.oddities.add(oddity.STRAY_DELIMITER)
        else:
            raise self._error(f"{tag_text(tag)} is no item of {tag_text(self._sequence)}", self._sequence)
        return pos + 8

    def _open_item(self, start: int, length: int) -> None:
        self._items += 1
        if self._items > self._limits.items:
            raise self._too_many("items", self._limits.items)
        self._sink.begin_item()
        if not length:
            self._sink.end_item()
            return
        is_open = length == _UNDEFINED
        end = self._end if is_open else start + length
        if end > self._end:
            raise self._beyond(self._sequence)
        self._push(Engine._without_vr if self._implicit else Engine._with_vr, end, is_open)
        self._last = _LOW
        self._parent = self._sequence

    def _encapsulated(self, buffer: Buffer, pos: int, size: int) -> int:
        """Read the items of encapsulated data (PS3.5 A.4)."""
        end = self._end - self._base
        wanted, longest, most = self._plan.fragments, self._plan.longest, self._limits.fragments
        final = size - 8
        while pos <= final:
            group, element, length = self._plain(buffer, pos)
            tag = group << 16 | element
            if tag == _SEQUENCE_END:
                self._note_delimiter(length)
                self._pop()
                self._sink.end_fragments(pos + self._base)
                return pos + 8
            if tag != _ITEM or length == _UNDEFINED:
                raise self._error(f"{tag_text(tag)} is no fragment of {tag_text(self._sequence)}", self._sequence)
            stop = pos + 8 + length
            if stop > end:
                raise self._beyond(self._sequence)
            lead = stop if self._fragments < wanted and length <= longest else min(stop, pos + 10)
            if lead > size:
                self._need = lead - pos
                break
            raw = bytes(buffer[pos + 8 : lead])
            if length & 1:
                self.oddities.add(oddity.ODD_LENGTH)
            self._sink.fragment(pos + self._base, length, raw)
            self._fragments += 1
            if self._fragments > most:
                raise self._too_many("fragments", most)
            pos = stop
        return pos

    def _zeros(self, buffer: Buffer, pos: int, size: int) -> int:
        """Read the zero bytes that follow the last element; anything else among them is an error."""
        if any(buffer[pos:size]):
            raise self._error("zero bytes stand where an element should, and more follows them")
        if self._base + size - self._zeros_start > self._limits.trailing_zeros:
            raise self._error(f"more than {self._limits.trailing_zeros} zero bytes follow the last element")
        self._need = 1
        return size

    # What is not a usual element

    def _special(self, special: int, tag: int, vr: bytes, buffer: Buffer, pos: int, start: int, length: int) -> int:
        if special == _LEVEL:
            self._open_level(tag, vr, pos + self._base, start + self._base, length)
            return start
        if not tag:
            self.oddities.add(oddity.TRAILING_ZEROS)
            self._zeros_start = pos + self._base
            self._push(Engine._zeros, _FAR, is_open=False)
            self._need = 1
            return pos
        self._note_delimiter(self._plain(buffer, pos)[2])
        if pos + 8 + self._base > self._end:
            raise self._beyond(tag)
        if tag == _ITEM_END and self._stack and self._open:
            self._pop()
            self._sink.end_item()
        elif tag == _ITEM or self._open:
            raise self._error(f"{tag_text(tag)} stands where an element should")
        else:
            self.oddities.add(oddity.STRAY_DELIMITER)
        return pos + 8

    def _is_structure(self, tag: int, last: int, buffer: Buffer, pos: int) -> bool:
        """Tell items, delimiters and zero padding from elements that are merely in a wrong place, which are noted."""
        group = tag >> 16
        if group == 0xFFFE:
            if tag not in (_ITEM, _ITEM_END, _SEQUENCE_END):
                raise self._error(f"{tag_text(tag)} is no element", tag)
            return True
        if not tag and not self._stack and not any(buffer[pos : pos + 8]):
            return True
        if group == 2:
            self.oddities.add(oddity.FILE_META_IN_DATA_SET)
        elif group == 4:
            return False  # a directory (PS3.10 8.6)
        elif tag <= _LOW or group == 0xFFFF:
            self.oddities.add(oddity.FORBIDDEN_GROUP)
        elif tag == last:
            self.oddities.add(oddity.REPEATED_ELEMENT)
        else:
            self.oddities.add(oddity.OUT_OF_ORDER)
        return False

    def _starts_with_item(self, buffer: Buffer, start: int, length: int) -> bool:
        """Tell whether a value that the dictionary calls a sequence is one; else it is walked over and noted."""
        if not length or (length >= 8 and bytes(buffer[start : start + 4]) in _ITEM_STARTS):
            return True
        self.oddities.add(oddity.NO_SEQUENCE)
        return False

    def _check_letters(self, tag: int, vr: bytes) -> None:
        if not (vr.isalpha() and vr.isupper()):
            raise self._error(f"{tag_text(tag)} has no VR of two capital letters, as explicit VR asks for", tag)
        self.oddities.add(oddity.UNKNOWN_VR)

    def _note_delimiter(self, length: int) -> None:
        if length:
            self.oddities.add(oddity.DELIMITER_LENGTH)

    def _take(self, tag: int, vr: bytes, buffer: Buffer, pos: int, start: int, stop: int) -> bool:
        """Hand on a value that is asked for; False when more bytes must come first."""
        plan = self._plan
        if stop - start > plan.longest or tag in plan.left:
            base = self._base
            self._sink.left(tag, vr, pos + base, start + base, stop - start, self._parent)
            return True
        if stop > len(buffer):
            self._need = stop - pos
            return False
        self._sink.value(tag, vr, bytes(buffer[start:stop]), self._parent)
        return True

    # Errors

    def _error(self, message: str, tag: int | None = None) -> DataSetError:
        return DataSetError(message, tag=tag, offset=self._base)

    def _beyond(self, tag: int) -> DataSetError:
        return self._error(f"{tag_text(tag)} is longer than what holds it", tag)

    def _too_many(self, what: str, most: int) -> LimitExceeded:
        return LimitExceeded(f"more than {most} {what}", offset=self._base)
