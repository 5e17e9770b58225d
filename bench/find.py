"""C-FIND at a large index: the time from the question's first byte to the last answer, one question after another."""

from __future__ import annotations

import os
import random
import statistics
import struct
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.big_index import BigIndex, write_big_index
from bench.peers import NO_DELAY, PEERS, Running, running
from bench.wire import STUDY_ROOT_FIND, Association, Target, find_message

__all__ = ["FindSample", "measure_finds"]

_WARM_UP: Final = 20
_CROSS_CHECKED: Final = 3

_PATIENT_NAME: Final = (0x0010, 0x0010, b"PN")
_PATIENT_ID: Final = (0x0010, 0x0020, b"LO")
_RETURNED: Final = (
    (0x0008, 0x0020, b"DA"),
    (0x0008, 0x0030, b"TM"),
    (0x0008, 0x0050, b"SH"),
    (0x0008, 0x0061, b"CS"),
    (0x0008, 0x1030, b"LO"),
    _PATIENT_NAME,
    _PATIENT_ID,
    (0x0010, 0x0030, b"DA"),
    (0x0020, 0x000D, b"UI"),
    (0x0020, 0x1208, b"IS"),
)
"""What a work list asks for: when, what, who, and how many images."""

Key = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class FindSample:
    """Many questions of one kind."""

    name: str
    studies: int
    instances: int
    queries: int
    matches: float
    """Median of the answers to one question."""
    median_milliseconds: float
    p95_milliseconds: float
    worst_milliseconds: float
    cpu_milliseconds: float
    """CPU time of the server for one question."""


def measure_finds(
    studies: int, queries: int, chance: random.Random, folder: Path, tell: Callable[[FindSample], None]
) -> list[FindSample]:
    """Write the index, serve it, and ask at study level by patient ID and by the beginning of a name."""
    place = folder / "find"
    built: list[BigIndex] = []

    def prepare(server_folder: Path) -> None:
        built.append(write_big_index(server_folder / "data" / "index.sqlite", studies, chance))

    samples = []
    with running(PEERS["isocenter"], place, prepare=prepare) as server:
        big = built[0]
        asked = {
            "by patient ID": [(_PATIENT_ID, value) for value in chance.sample(big.patient_ids, queries)],
            "by name prefix": [(_PATIENT_NAME, f"{name}*") for name in chance.sample(big.family_names, queries)],
        }
        for name, questions in asked.items():
            sample = _measure(name, server, big, questions)
            tell(sample)
            samples.append(sample)
    return samples


def _measure(name: str, server: Running, big: BigIndex, questions: Sequence[tuple[Key, str]]) -> FindSample:
    with Association(server.target, [STUDY_ROOT_FIND]) as association:
        messages = [
            find_message(association.route, 1 + number, _identifier({key: value}))
            for number, (key, value) in enumerate(questions)
        ]
        for message in messages[:_WARM_UP]:
            association.send(message)
            association.matches()
        used = server.cpu_seconds()
        waits, found = [], []
        for message in messages:
            start = time.monotonic()
            association.send(message)
            found.append(association.matches())
            waits.append(1000 * (time.monotonic() - start))
        used = server.cpu_seconds() - used
    _cross_check(server.target, list(zip(questions, found, strict=True))[:_CROSS_CHECKED], server.place.folder)
    if not all(found):
        raise RuntimeError("a question for a patient who is there has no answer")
    waits.sort()
    return FindSample(
        name,
        big.studies,
        big.instances,
        len(questions),
        statistics.median(found),
        statistics.median(waits),
        waits[int(0.95 * len(waits))],
        waits[-1],
        1000 * used / len(questions),
    )


def _cross_check(target: Target, asked: Sequence[tuple[tuple[Key, str], int]], folder: Path) -> None:
    """Ask the same with DCMTK and count its answers."""
    for number, ((key, value), expected) in enumerate(asked):
        answers = folder / f"findscu-{key[1]}-{number}"
        answers.mkdir()
        keys = ["0008,0005=ISO_IR 192", "0008,0052=STUDY", f"{key[0]:04x},{key[1]:04x}={value}", "0020,000d"]
        options = [part for each in keys for part in ("-k", each)]
        options += ["-od", str(answers), "-aec", target.ae_title, target.host, str(target.port)]
        subprocess.run(
            ["findscu", "-S", "-X", *options],
            env={**os.environ, **NO_DELAY},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        found = len(list(answers.iterdir()))
        if found != expected:
            raise RuntimeError(f"findscu gets {found} answers where the benchmark got {expected}")


def _identifier(asked: Mapping[Key, str]) -> bytes:
    """Encode a study level identifier, explicit VR little endian; names are ISO IR 192 (UTF-8)."""
    values: dict[Key, str] = dict.fromkeys(_RETURNED, "")
    values[0x0008, 0x0005, b"CS"] = "ISO_IR 192"
    values[0x0008, 0x0052, b"CS"] = "STUDY"
    values.update(asked)
    return b"".join(_element(key, value) for key, value in sorted(values.items()))


def _element(key: Key, value: str) -> bytes:
    group, element, vr = key
    raw = value.encode("utf-8")
    if len(raw) & 1:
        raw += b"\0" if vr == b"UI" else b" "
    return struct.pack("<HH2sH", group, element, vr, len(raw)) + raw
