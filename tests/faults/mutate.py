"""Structure-aware mutants: well-formed files, broken where a parser has to decide something.

``mutant(bases, seed)`` gives the same file for the same seed. Each mutation knows element boundaries; half of them
mend the lengths around the place, so that the walk gets past it and what lies deeper is met.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dicom_bytes import (
    ITEM,
    ITEM_END,
    LONG_VRS,
    PIXEL_DATA,
    SEQUENCE_END,
    UNDEFINED,
    DicomFile,
    Encoding,
    Kind,
    Part,
    parts_of,
    replaced,
)

SOP_INSTANCE_UID = 0x00080018
UIDS = (0x00080016, SOP_INSTANCE_UID, 0x0020000D, 0x0020000E)
NUMBERS = (0x00280008, 0x00280010, 0x00280011, 0x00280002, 0x00280100, 0x00280101, 0x00280006, 0x00280103, 0x00200013)
BAD_LENGTHS = (0, 1, 7, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, UNDEFINED)
BAD_VRS = (b"ZZ", b"ob", b"\0\0", b"??", b"SQ", b"UN", b"OB", b"OW", b"UT", b"US", b"PN", b"AT", b"FL", b"\xff\xfe")
BAD_TAGS = (0x00000000, 0x00020010, 0x00080000, 0x00080001, 0x00090010, 0x0009FFFF, PIXEL_DATA, 0x7FE00008, 0x7FE00001)
BAD_TAGS += (ITEM, ITEM_END, SEQUENCE_END, 0xFFFCFFFC, 0xFFFFFFFF, 0x00080005, SOP_INSTANCE_UID, 0x00100020)
BAD_UIDS = (
    b"",
    b"\0",
    b"../../../../etc/passwd",
    b"..\\..\\index.sqlite",
    b"/etc/passwd\0",
    b"1.2.840.10008.1.2/../x",
    b"1..2",
    b"01.2",
    b"1.02.3",
    b"1.2.",
    b".",
    b"1",
    b"1.2.3 ",
    b" 1.2.3",
    b"1.2.3\\1.2.4",
    b"1.2.\xff\xfe",
    "1.2.٣".encode(),
    b"1.2.3\x001.2.4",
    b"1.2.3\n1",
    b"%s%n%x",
    b"1." * 31 + b"12",
    b"1." * 32 + b"1",
    b"1" * 65,
    b"1.2." + b"3" * 3000,
    b"9" * 70000,
    b"'; drop table instance; --",
)
BAD_TEXTS = (
    b"",
    b"\0" * 8,
    b"\\" * 50,
    b"^" * 20 + b"=" * 10,
    b"\x1b$B\x1b(J\x1b$)C",
    b"\x1b" * 9,
    b"\xff\xfe\xfd\xfc",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"<script>alert(1)</script>",
    b"A" * 70_000,
    b"-99999999999999999999",
    b"1e999",
    b"NaN",
    b"99999999",
    b"20261399",
    b"256099.9999999",
    b"00000000000000000000000001",
    "١٢".encode(),
    b"*",
    b"?*?*",
)
CHARACTER_SETS = (
    b"",
    b"ISO_IR 192",
    b"ISO_IR 999",
    b"GB18030",
    b"GBK",
    b"ISO_IR 13",
    b"ISO 2022 IR 6\\ISO 2022 IR 87",
    b"\\ISO 2022 IR 149\\ISO 2022 IR 58",
    b"ISO 2022 IR 13\\ISO 2022 IR 159\\ISO 2022 IR 87",
    b"\\" * 300,
    b"ISO_IR 100\\GB18030",
    b"utf-8",
    b"idna",
    b"zlib",
    b"\xff\xff",
    b"ISO_IR 100" * 5000,
)
BAD_NUMBERS = (0, 1, 3, 7, 255, 0x7FFF, 0x8000, 0xFFFF)
SYNTAXES = (
    b"1.2.840.10008.1.2",
    b"1.2.840.10008.1.2.1",
    b"1.2.840.10008.1.2.2",
    b"1.2.840.10008.1.2.1.99",
    b"1.2.840.10008.1.2.4.50",
    b"1.2.840.10008.1.2.4.102",
    b"1.2.840.10008.1.2.5",
    b"1.2.826.0.1.3680043.10.1671.99",
    b"",
    b"\xff\xff",
    b"../x",
    b"1" * 80,
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutant; the head stays that of the base unless a mutation of the head was drawn."""

    seed: int
    base: str
    file: DicomFile
    stored_data_set: bytes
    done: tuple[str, ...]

    def whole(self) -> bytes:
        return self.file.head + self.stored_data_set

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.base}, {' + '.join(self.done)}"


@dataclass(frozen=True, slots=True)
class Site:
    """A data set with its structure, about to be mutated."""

    rng: random.Random
    data: bytes
    encoding: Encoding
    parts: Sequence[Part]

    def pick(self, *kinds: Kind) -> Part | None:
        """A part of these kinds, or any; sometimes the outermost ones only, since nested ones are many."""
        found = [part for part in self.parts if not kinds or part.kind in kinds]
        outer = [part for part in found if not part.parents]
        if outer and self.rng.random() < 0.5:
            found = outer
        return self.rng.choice(found) if found else None

    def put(self, within: Part, start: int, end: int, new: bytes, *, mend: bool | None = None) -> bytes:
        chosen = self.rng.random() < 0.5 if mend is None else mend
        return replaced(self.data, self.encoding, self.parts, within, start, end, new, mend=chosen)

    def set(self, tag: int, vr: bytes, value: bytes) -> bytes:
        """Give a top-level element this value, in its place, mended."""
        value = value if self.rng.random() < 0.1 else value + b"\0" * (len(value) % 2)
        new = self.encoding.element(tag, vr, value)
        outer = [part for part in self.parts if not part.parents and part.kind in (Kind.ELEMENT, Kind.SEQUENCE)]
        for part in outer:
            if part.tag >= tag:
                end = part.end if part.tag == tag else part.start
                return self.put(part, part.start, end, new)
        return self.data + new


Mutation = Callable[[Site], bytes | None]


def _length(site: Site) -> bytes | None:
    part = site.pick()
    if part is None:
        return None
    near = (part.length - 1, part.length + 1, part.length + 2, part.length - 2, part.length * 2)
    length = site.rng.choice((*near, *BAD_LENGTHS, site.rng.getrandbits(32)))
    return site.put(part, part.length_at, part.value, site.encoding.number(length, part.width), mend=False)


def _fragment_length(site: Site) -> bytes | None:
    part = site.pick(Kind.FRAGMENT)
    if part is None:
        return None
    length = site.rng.choice((0, part.length + 1, part.length - 1, part.length + 8, UNDEFINED, 0xFFFFFFFE))
    return site.put(part, part.length_at, part.value, site.encoding.number(length, 4), mend=False)


def _vr(site: Site) -> bytes | None:
    part = site.pick(Kind.ELEMENT, Kind.SEQUENCE)
    if part is None or site.encoding.implicit:
        return None
    vr = site.rng.choice(BAD_VRS)
    if site.rng.random() < 0.5:
        return site.put(part, part.start + 4, part.start + 6, vr)
    length = min(part.length, 0xFFFF) if vr not in LONG_VRS else part.length
    return site.put(part, part.start, part.value, site.encoding.head(part.tag, vr, length))


def _tag(site: Site) -> bytes | None:
    part = site.pick()
    if part is None:
        return None
    tag = site.rng.choice((*BAD_TAGS, part.tag + 1 & UNDEFINED, part.tag - 1 & UNDEFINED, site.rng.getrandbits(32)))
    return site.put(part, part.start, part.start + 4, site.encoding.tag(tag))


def _swap(site: Site) -> bytes | None:
    elements = [part for part in site.parts if part.kind is Kind.ELEMENT and not part.parents]
    if len(elements) < 2:
        return None
    first, second = sorted(site.rng.sample(elements, 2), key=lambda part: part.start)
    one, between = site.data[first.start : first.end], site.data[first.end : second.start]
    new = site.data[second.start : second.end] + between + one
    return site.put(first, first.start, second.end, new)


def _duplicate(site: Site) -> bytes | None:
    part, place = site.pick(), site.pick()
    if part is None or place is None or part.end - part.start > 100_000:
        return None
    copies = site.rng.choice((1, 1, 2, 40))
    return site.put(place, place.start, place.start, site.data[part.start : part.end] * copies)


def _delete(site: Site) -> bytes | None:
    part = site.pick()
    return None if part is None else site.put(part, part.start, part.end, b"")


def _nest(site: Site) -> bytes | None:
    part = site.pick(Kind.ELEMENT, Kind.SEQUENCE)
    if part is None or part.end - part.start > 100_000:
        return None
    content = site.data[part.start : part.end]
    for _ in range(site.rng.choice((1, 2, 3, 20, 63, 64, 65, 300))):
        defined = site.rng.random() < 0.5
        content = site.encoding.sequence(
            part.tag, site.encoding.item(content, defined=site.rng.random() < 0.5), defined=defined
        )
    return site.put(part, part.start, part.end, content, mend=site.rng.random() < 0.8)


def _many_items(site: Site) -> bytes | None:
    place = site.pick(Kind.ELEMENT)
    if place is None:
        return None
    item = site.encoding.item(b"", defined=site.rng.random() < 0.5)
    content = item * site.rng.choice((1, 100, 5000))
    return site.put(place, place.start, place.start, site.encoding.sequence(0x00081115, content, defined=True))


def _cut(site: Site) -> bytes | None:
    part = site.pick()
    if part is None:
        return None
    places = (part.start, part.value, part.end, part.start + 5, part.end - 1, site.rng.randrange(len(site.data)))
    return site.data[: site.rng.choice(places)]


def _insert(site: Site) -> bytes | None:
    part = site.pick()
    if part is None:
        return None
    count = site.rng.choice((1, 2, 3, 8, 12, 128))
    noise = site.rng.choice((site.rng.randbytes(count), b"\0" * count, b"\xfe\xff" * count, b" " * count))
    return site.put(part, *[site.rng.choice((part.start, part.value, part.end))] * 2, noise)


def _flip(site: Site) -> bytes | None:
    part = site.pick()
    if part is None or part.end <= part.start:
        return None
    out = bytearray(site.data)
    for _ in range(site.rng.choice((1, 1, 4, 32))):
        at = site.rng.randrange(part.start, min(part.end, part.start + 4096))
        out[at] ^= 1 << site.rng.randrange(8)
    return bytes(out)


def _delimiters(site: Site) -> bytes | None:
    part = site.pick(Kind.ITEM, Kind.DELIMITER, Kind.SEQUENCE, Kind.FRAGMENT)
    if part is None:
        part = site.pick()
    if part is None:
        return None
    tag = site.rng.choice((ITEM, ITEM_END, SEQUENCE_END))
    new = site.encoding.tag(tag) + site.encoding.number(site.rng.choice((0, 0, 4, UNDEFINED)), 4)
    if site.rng.random() < 0.3:
        return site.put(part, part.start, part.value, new)
    where = site.rng.choice((part.start, part.value, part.end))
    return site.put(part, where, where, new)


def _undefined(site: Site) -> bytes | None:
    """Give a sequence or an item an undefined length, with the delimiter or without."""
    part = site.pick(Kind.SEQUENCE, Kind.ITEM)
    if part is None or part.length == UNDEFINED:
        return None
    tag = SEQUENCE_END if part.kind is Kind.SEQUENCE else ITEM_END
    ending = site.encoding.tag(tag) + bytes(4) if site.rng.random() < 0.7 else b""
    new = site.encoding.number(UNDEFINED, 4) + site.data[part.value : part.end] + ending
    return site.put(part, part.length_at, part.end, new, mend=site.rng.random() < 0.8)


def _offset_table(site: Site) -> bytes | None:
    fragments = [part for part in site.parts if part.kind is Kind.FRAGMENT]
    if not fragments:
        return None
    table = fragments[0]
    entries = site.rng.choice((0, 1, len(fragments) - 1, len(fragments), 1000))
    numbers = [site.rng.choice((0, 8, UNDEFINED, site.rng.randrange(1 << 20))) for _ in range(entries)]
    new = struct.pack(f"<{entries}I", *numbers) + site.rng.choice((b"", b"", b"\0", b"\0\0\0"))
    return site.put(table, table.length_at, table.end, site.encoding.number(len(new), 4) + new)


def _extended_offset_table(site: Site) -> bytes | None:
    entries = site.rng.choice((0, 1, 5, 4000))
    numbers = [site.rng.choice((0, 8, (1 << 64) - 1, site.rng.randrange(1 << 20))) for _ in range(entries)]
    return site.set(site.rng.choice((0x7FE00001, 0x7FE00002)), b"OV", struct.pack(f"<{entries}Q", *numbers))


def _character_set(site: Site) -> bytes | None:
    return site.set(0x00080005, b"CS", site.rng.choice(CHARACTER_SETS))


def _uid(site: Site) -> bytes | None:
    return site.set(site.rng.choice(UIDS), b"UI", site.rng.choice(BAD_UIDS))


def _number(site: Site) -> bytes | None:
    tag = site.rng.choice(NUMBERS)
    if tag in (0x00280008, 0x00200013):
        return site.set(tag, b"IS", site.rng.choice((*BAD_TEXTS, b"0", b"-1", b"2147483648", b"1000000")))
    value = site.encoding.number(site.rng.choice(BAD_NUMBERS), 2)
    return site.set(tag, b"US", site.rng.choice((value, value[:1], b"", value * 3, value * 4000)))


def _text(site: Site) -> bytes | None:
    part = site.pick(Kind.ELEMENT)
    if part is None or part.end - part.value > 100_000:
        return None
    value = site.rng.choice(BAD_TEXTS)
    return site.put(part, part.start, part.end, site.encoding.element(part.tag, part.vr or b"LO", value))


def _trailing(site: Site) -> bytes | None:
    element = site.encoding.element(site.rng.choice((0xFFFCFFFC, 0x00100010, 0x7FE10010)), b"OB", b"\0" * 10)
    count = site.rng.choice((1, 2, 7, 8, 512, 70_000))
    return site.data + site.rng.choice((b"\0" * count, site.rng.randbytes(min(count, 64)), element, b"\xff" * 8))


def _second_pixel_data(site: Site) -> bytes | None:
    return site.data + site.encoding.element(
        site.rng.choice((PIXEL_DATA, 0x7FE00008, 0x7FE00009)), b"OW", b"\1" * site.rng.choice((0, 2, 511, 80_000))
    )


MUTATIONS: Sequence[tuple[Mutation, int]] = (
    (_length, 4),
    (_fragment_length, 2),
    (_vr, 3),
    (_tag, 3),
    (_swap, 2),
    (_duplicate, 2),
    (_delete, 2),
    (_nest, 2),
    (_many_items, 1),
    (_cut, 2),
    (_insert, 2),
    (_flip, 4),
    (_delimiters, 2),
    (_undefined, 2),
    (_offset_table, 2),
    (_extended_offset_table, 1),
    (_character_set, 2),
    (_uid, 3),
    (_number, 3),
    (_text, 4),
    (_trailing, 1),
    (_second_pixel_data, 1),
)
_ALL = [mutation for mutation, _ in MUTATIONS]
_WEIGHTS = [weight for _, weight in MUTATIONS]


def mutant(bases: Sequence[DicomFile], seed: int) -> Mutant:
    """The mutant of a seed: one to four mutations of the data set, now and then one of the head or of the bytes."""
    rng = random.Random(seed)
    file = bases[seed % len(bases)]
    base = file.name
    done: list[str] = []
    if rng.random() < 0.5:
        file = file.with_data_set(own_uid(file, seed))
    wanted = rng.choice((1, 1, 1, 2, 2, 4))
    while len(done) < wanted and file.data_set:
        mutation = rng.choices(_ALL, _WEIGHTS)[0]
        site = Site(rng, file.data_set, file.encoding, parts_of(file.data_set, file.encoding))
        changed = mutation(site)
        if changed is not None:
            file = file.with_data_set(changed)
            done.append(mutation.__name__.strip("_"))
    if rng.random() < 0.08:
        file = replace(file, head=_mutated_head(rng, file.head))
        done.append("head")
    stored = file.stored_data_set()
    if stored and rng.random() < (0.4 if stored != file.data_set else 0.03):
        stored = _mutated_bytes(rng, stored)
        done.append("stored bytes")
    return Mutant(seed, base, file, stored, tuple(done))


def own_uid(file: DicomFile, number: int) -> bytes:
    """The data set under a SOP Instance UID of its own, so that it meets no earlier version of itself."""
    site = Site(random.Random(0), file.data_set, file.encoding, parts_of(file.data_set, file.encoding))
    return site.set(SOP_INSTANCE_UID, b"UI", f"2.25.{10**38 + number}".encode())


def _mutated_head(rng: random.Random, head: bytes) -> bytes:
    out = bytearray(head)
    choice = rng.randrange(6)
    if choice == 0:
        at = rng.randrange(len(out)) if out else 0
        out[at : at + 1] = rng.randbytes(1)
    elif choice == 1:
        del out[:132]
    elif choice == 2:
        del out[rng.randrange(len(out) + 1) :]
    elif choice == 3:
        out += Encoding(implicit=False, big=False).element(0x00020100, b"UI", b"1.2.3.4" * rng.choice((1, 9000)))
    else:
        syntax = rng.choice(SYNTAXES)
        out += Encoding(implicit=False, big=False).element(0x00020010, b"UI", syntax + b"\0" * (len(syntax) % 2))
    return bytes(out)


def _mutated_bytes(rng: random.Random, stored: bytes) -> bytes:
    out = bytearray(stored)
    for _ in range(rng.choice((1, 3, 30))):
        at = rng.randrange(len(out))
        out[at] = rng.randrange(256)
    if rng.random() < 0.3:
        del out[rng.randrange(len(out)) :]
    return bytes(out)
