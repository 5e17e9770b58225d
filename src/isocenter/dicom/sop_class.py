"""SOP classes by UID: what can be stored, and the services that are asked for by name (PS3.4, PS3.6 Table A-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from isocenter.dicom._sop_class_table import OTHER as _OTHER
from isocenter.dicom._sop_class_table import STORAGE as _STORAGE

__all__ = [
    "COMPOSITE_INSTANCE_ROOT_GET",
    "COMPOSITE_INSTANCE_ROOT_MOVE",
    "COMPOSITE_INSTANCE_WITHOUT_BULK_DATA_GET",
    "INSTANCE_AVAILABILITY_NOTIFICATION",
    "MEDIA_STORAGE_DIRECTORY",
    "MODALITY_PERFORMED_PROCEDURE_STEP",
    "MODALITY_PERFORMED_PROCEDURE_STEP_NOTIFICATION",
    "MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE",
    "MODALITY_WORKLIST_FIND",
    "NON_PATIENT",
    "PATIENT_ROOT_FIND",
    "PATIENT_ROOT_GET",
    "PATIENT_ROOT_MOVE",
    "PATIENT_STUDY_ONLY_FIND",
    "PATIENT_STUDY_ONLY_GET",
    "PATIENT_STUDY_ONLY_MOVE",
    "REPOSITORY_QUERY",
    "SOP_CLASSES",
    "STORAGE",
    "STORAGE_COMMITMENT_PUSH_MODEL",
    "STORAGE_COMMITMENT_PUSH_MODEL_INSTANCE",
    "STUDY_ROOT_FIND",
    "STUDY_ROOT_GET",
    "STUDY_ROOT_MOVE",
    "UNIFIED_PROCEDURE_STEP_EVENT",
    "UNIFIED_PROCEDURE_STEP_FILTERED_GLOBAL_SUBSCRIPTION_INSTANCE",
    "UNIFIED_PROCEDURE_STEP_GLOBAL_SUBSCRIPTION_INSTANCE",
    "UNIFIED_PROCEDURE_STEP_PULL",
    "UNIFIED_PROCEDURE_STEP_PUSH",
    "UNIFIED_PROCEDURE_STEP_QUERY",
    "UNIFIED_PROCEDURE_STEP_WATCH",
    "VERIFICATION",
    "SopClass",
    "name_of",
]

VERIFICATION: Final = "1.2.840.10008.1.1"

# Query/Retrieve, PS3.4 C.6, Y and Z.
PATIENT_ROOT_FIND: Final = "1.2.840.10008.5.1.4.1.2.1.1"
PATIENT_ROOT_MOVE: Final = "1.2.840.10008.5.1.4.1.2.1.2"
PATIENT_ROOT_GET: Final = "1.2.840.10008.5.1.4.1.2.1.3"
STUDY_ROOT_FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_ROOT_MOVE: Final = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET: Final = "1.2.840.10008.5.1.4.1.2.2.3"
PATIENT_STUDY_ONLY_FIND: Final = "1.2.840.10008.5.1.4.1.2.3.1"
PATIENT_STUDY_ONLY_MOVE: Final = "1.2.840.10008.5.1.4.1.2.3.2"
PATIENT_STUDY_ONLY_GET: Final = "1.2.840.10008.5.1.4.1.2.3.3"
COMPOSITE_INSTANCE_ROOT_MOVE: Final = "1.2.840.10008.5.1.4.1.2.4.2"
COMPOSITE_INSTANCE_ROOT_GET: Final = "1.2.840.10008.5.1.4.1.2.4.3"
COMPOSITE_INSTANCE_WITHOUT_BULK_DATA_GET: Final = "1.2.840.10008.5.1.4.1.2.5.3"
REPOSITORY_QUERY: Final = "1.2.840.10008.5.1.4.1.1.201.6"

# Work lists and what reports on them, PS3.4 K, F, R.
MODALITY_WORKLIST_FIND: Final = "1.2.840.10008.5.1.4.31"
MODALITY_PERFORMED_PROCEDURE_STEP: Final = "1.2.840.10008.3.1.2.3.3"
MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE: Final = "1.2.840.10008.3.1.2.3.4"
MODALITY_PERFORMED_PROCEDURE_STEP_NOTIFICATION: Final = "1.2.840.10008.3.1.2.3.5"
INSTANCE_AVAILABILITY_NOTIFICATION: Final = "1.2.840.10008.5.1.4.33"

# Unified procedure steps, PS3.4 CC.
UNIFIED_PROCEDURE_STEP_GLOBAL_SUBSCRIPTION_INSTANCE: Final = "1.2.840.10008.5.1.4.34.5"
UNIFIED_PROCEDURE_STEP_FILTERED_GLOBAL_SUBSCRIPTION_INSTANCE: Final = "1.2.840.10008.5.1.4.34.5.1"
UNIFIED_PROCEDURE_STEP_PUSH: Final = "1.2.840.10008.5.1.4.34.6.1"
UNIFIED_PROCEDURE_STEP_WATCH: Final = "1.2.840.10008.5.1.4.34.6.2"
UNIFIED_PROCEDURE_STEP_PULL: Final = "1.2.840.10008.5.1.4.34.6.3"
UNIFIED_PROCEDURE_STEP_EVENT: Final = "1.2.840.10008.5.1.4.34.6.4"
UNIFIED_PROCEDURE_STEP_QUERY: Final = "1.2.840.10008.5.1.4.34.6.5"

# Storage commitment, PS3.4 J.
STORAGE_COMMITMENT_PUSH_MODEL: Final = "1.2.840.10008.1.20.1"
STORAGE_COMMITMENT_PUSH_MODEL_INSTANCE: Final = "1.2.840.10008.1.20.1.1"

# DICOMDIR, PS3.3 F: a file on media, never sent over the network.
MEDIA_STORAGE_DIRECTORY: Final = "1.2.840.10008.1.3.10"


@dataclass(frozen=True, slots=True)
class SopClass:
    """One SOP class of the standard."""

    uid: str
    keyword: str
    name: str
    retired: bool
    """Retired, or published for trial only."""


STORAGE: Final[Mapping[str, SopClass]] = MappingProxyType({row[0]: SopClass(*row) for row in _STORAGE})
"""Storage SOP classes by UID, retired ones included (PS3.4 B.5, GG.3)."""

SOP_CLASSES: Final[Mapping[str, SopClass]] = MappingProxyType({**STORAGE, **{row[0]: SopClass(*row) for row in _OTHER}})
"""All SOP classes and Meta SOP classes by UID."""

NON_PATIENT: Final = frozenset(
    {
        "1.2.840.10008.5.1.4.38.1",  # hanging protocol
        "1.2.840.10008.5.1.4.39.1",  # colour palette
        "1.2.840.10008.5.1.4.43.1",  # generic implant template
        "1.2.840.10008.5.1.4.44.1",  # implant assembly template
        "1.2.840.10008.5.1.4.45.1",  # implant template group
        "1.2.840.10008.5.1.4.1.1.200.1",  # CT defined procedure protocol
        "1.2.840.10008.5.1.4.1.1.200.3",  # protocol approval
        "1.2.840.10008.5.1.4.1.1.200.7",  # XA defined procedure protocol
        "1.2.840.10008.5.1.4.1.1.201.1",  # inventory
    }
)
"""Storage classes of objects without patient, study and series (PS3.4 GG.3)."""


def name_of(uid: str) -> str:
    """Name a SOP class for people; the UID itself when the standard has no such class."""
    known = SOP_CLASSES.get(uid)
    return known.name if known is not None else uid
