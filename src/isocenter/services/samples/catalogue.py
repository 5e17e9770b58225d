"""The list of sample studies: what each shows, and how many objects it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydicom.dataset import Dataset

from isocenter.services.samples import ct_chest, mg_breast, mr_head, us_heart
from isocenter.services.samples.chest import NODULE_CENTRE, NODULE_DIAMETER_MM
from isocenter.services.samples.cr_chest import cr_chest
from isocenter.services.samples.identity import HANAKO, JORG, LUCJA, QUENTIN, Patient
from isocenter.services.samples.pdf_report import pdf_report
from isocenter.services.samples.sr_nodule import NODULE_VOLUME_MM3, sr_nodule

__all__ = ["SAMPLES", "Sample"]

_CENTRE = ", ".join(f"{value:g}" for value in NODULE_CENTRE)


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: a study, or the part of one that a modality makes."""

    name: str
    """Short name, as typed on the command line, and the name of its folder."""
    modality: str
    title: str
    description: str
    patient: Patient
    instances: int
    build: Callable[[], Iterator[Dataset]]
    """Draws the objects, one after the other, in the order of their instance numbers."""


SAMPLES: tuple[Sample, ...] = (
    Sample(
        "ct-chest",
        "CT",
        "CT of the chest with contrast medium",
        f"{ct_chest.SLICES} axial slices of 512 x 512, 0.72 x 0.72 x 3.0 mm, 12 bits, one series. "
        f"A round solid nodule of {NODULE_DIAMETER_MM:.1f} mm diameter ({NODULE_VOLUME_MM3:.1f} mm3) lies in the "
        f"right upper lobe, its centre at ({_CENTRE}) mm in patient coordinates, 42 HU.",
        QUENTIN,
        ct_chest.SLICES,
        ct_chest.ct_chest,
    ),
    Sample(
        "sr-nodule",
        "SR",
        "Structured report on the CT's nodule",
        "Comprehensive SR by template 1500: diameter and volume as drawn, with a reference to the CT slice. "
        "Belongs to the study of ct-chest.",
        QUENTIN,
        1,
        sr_nodule,
    ),
    Sample(
        "pdf-report",
        "DOC",
        "Report on the CT as a page to read",
        "Encapsulated PDF of one page. Belongs to the study of ct-chest.",
        QUENTIN,
        1,
        pdf_report,
    ),
    Sample(
        "cr-chest",
        "CR",
        "Radiograph of the chest, postero-anterior",
        "The CT's patient and anatomy a day earlier, the nodule included; 2140 x 2240, 12 bits, MONOCHROME1.",
        QUENTIN,
        1,
        cr_chest,
    ),
    Sample(
        "mr-head",
        "MR",
        "MR of the head, T1- and T2-weighted",
        f"Two axial series of {mr_head.SLICES} slices, 256 x 256, 0.9 x 0.9 x 4.0 mm, in one frame of reference. "
        "Two small white matter lesions are bright in T2. The patient's name has umlauts (ISO_IR 100).",
        JORG,
        2 * mr_head.SLICES,
        mr_head.mr_head,
    ),
    Sample(
        "us-heart",
        "US",
        "Ultrasound of the heart, four-chamber view",
        f"One beat as a loop of {us_heart.FRAMES} frames (8 bits, RLE Lossless) and a still in colour (RGB), "
        "both calibrated. The patient's name is Polish (ISO_IR 192).",
        LUCJA,
        2,
        us_heart.us_heart,
    ),
    Sample(
        "mg-breast",
        "MG",
        "Screening mammogram, both breasts in two views",
        "Four images of 1610 x 2240, 0.1 mm, 12 bits, RLE Lossless. The left breast has a round mass of 11 mm and "
        "16 calcifications. The patient's name is Japanese in three scripts (ISO 2022 IR 87).",
        HANAKO,
        len(mg_breast.VIEWS),
        mg_breast.mg_breast,
    ),
)
"""All samples, in the order in which they are written."""
