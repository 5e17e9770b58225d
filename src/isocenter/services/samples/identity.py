"""Who the samples are about, and the UIDs they bear: all invented, the same on every run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from isocenter.dicom.uid import from_random

__all__ = ["HANAKO", "ISSUER", "JORG", "LUCJA", "QUENTIN", "Patient", "sample_uid"]

ISSUER = "ISOCENTER SAMPLES"
"""Issuer of every sample patient's ID."""


def sample_uid(*name: str | int) -> str:
    """The UID that this name always gets, under 2.25 (PS3.5 B.2)."""
    text = "/".join(str(part) for part in ("isocenter samples 1", *name))
    return from_random(hashlib.sha256(text.encode()).digest()[:16])


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient who does not exist."""

    patient_id: str
    name: str
    character_sets: tuple[str, ...]
    birth_date: str
    sex: str
    age: str
    size_m: str
    weight_kg: str


QUENTIN = Patient("SAMPLE-0001", "Phantom^Quentin", ("ISO_IR 100",), "19610412", "M", "064Y", "1.78", "81")
JORG = Patient("SAMPLE-0002", "Müller-Muster^Jörg", ("ISO_IR 100",), "19740923", "M", "051Y", "1.83", "77")
LUCJA = Patient("SAMPLE-0003", "Łódzka-Próbka^Łucja", ("ISO_IR 192",), "19870130", "F", "039Y", "1.69", "63")
HANAKO = Patient(
    "SAMPLE-0004",
    "Shiryo^Hanako=試料^花子=しりょう^はなこ",
    ("", "ISO 2022 IR 87"),
    "19690705",
    "F",
    "056Y",
    "1.58",
    "54",
)
