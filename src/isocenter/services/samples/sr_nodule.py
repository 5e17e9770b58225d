"""A structured report on the CT's nodule: diameter and volume, by template 1500 (PS3.16), true to the drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ComprehensiveSRStorage, CTImageStorage

from isocenter.services.samples.attributes import Code, Series, add_private_block, coded, new_object, reference
from isocenter.services.samples.chest import NODULE_DIAMETER_MM
from isocenter.services.samples.ct_chest import CT_SERIES, CT_STUDY, nodule_slice
from isocenter.services.samples.identity import sample_uid

__all__ = ["NODULE_VOLUME_MM3", "SR_SERIES", "sr_nodule"]

NODULE_VOLUME_MM3 = round(3.14159265358979 * NODULE_DIAMETER_MM**3 / 6, 1)

SR_SERIES = Series(
    study=CT_STUDY,
    number=20,
    modality="SR",
    description="Nodule measurement",
    body_part="",
    model="Phantom SR",
    time="113000",
)
_OBSERVER = "Reader^Rupert"
_FINDING: Code = ("27925004", "SCT", "Nodule")
_SITE: Code = ("45653009", "SCT", "Upper lobe of right lung")


def sr_nodule() -> Iterator[Dataset]:
    """One Comprehensive SR object that refers to the CT slice through the nodule's centre."""
    data_set = new_object(SR_SERIES, ComprehensiveSRStorage, 1)
    data_set.ReferencedPerformedProcedureStepSequence = Items()
    data_set.PerformedProcedureCodeSequence = coded(CT_STUDY.procedure)
    data_set.CompletionFlag, data_set.VerificationFlag = "COMPLETE", "UNVERIFIED"
    data_set.PreliminaryFlag = "FINAL"
    data_set.CurrentRequestedProcedureEvidenceSequence = [_evidence()]
    data_set.ValueType, data_set.ContinuityOfContent = "CONTAINER", "SEPARATE"
    data_set.ConceptNameCodeSequence = coded(("126000", "DCM", "Imaging Measurement Report"))
    template = Dataset()
    template.MappingResource, template.TemplateIdentifier = "DCMR", "1500"
    data_set.ContentTemplateSequence = [template]
    data_set.ContentSequence = [
        _code(
            "HAS CONCEPT MOD",
            ("121049", "DCM", "Language of Content Item and Descendants"),
            ("en", "RFC5646", "English"),
        ),
        _code("HAS OBS CONTEXT", ("121005", "DCM", "Observer Type"), ("121006", "DCM", "Person")),
        _person("HAS OBS CONTEXT", ("121008", "DCM", "Person Observer Name"), _OBSERVER),
        _code("HAS CONCEPT MOD", ("121058", "DCM", "Procedure reported"), CT_STUDY.procedure),
        _container(("126010", "DCM", "Imaging Measurements"), [_group()]),
    ]
    add_private_block(data_set, "ct-chest", ["measures as drawn, not as measured"])
    yield data_set


def _group() -> Dataset:
    """The measurement group of one nodule (template 1411, without a segmentation)."""
    tracking = _item("HAS OBS CONTEXT", "TEXT", ("112039", "DCM", "Tracking Identifier"))
    tracking.TextValue = "Nodule 1"
    tracking_uid = _item("HAS OBS CONTEXT", "UIDREF", ("112040", "DCM", "Tracking Unique Identifier"))
    tracking_uid.UID = sample_uid("nodule", 1)
    image = _item("CONTAINS", "IMAGE", ("260753009", "SCT", "Source"))
    image.ReferencedSOPSequence = [_slice_reference()]
    diameter, volume = f"{NODULE_DIAMETER_MM:.1f}", f"{NODULE_VOLUME_MM3:.1f}"
    return _container(
        ("125007", "DCM", "Measurement Group"),
        [
            tracking,
            tracking_uid,
            _code("CONTAINS", ("121071", "DCM", "Finding"), _FINDING),
            _code("CONTAINS", ("363698007", "SCT", "Finding Site"), _SITE),
            image,
            _number(("81827009", "SCT", "Diameter"), diameter, ("mm", "UCUM", "millimeter")),
            _number(("118565006", "SCT", "Volume"), volume, ("mm3", "UCUM", "cubic millimeter")),
        ],
    )


def _slice_reference() -> Dataset:
    return reference(CTImageStorage, CT_SERIES.instance_uid(nodule_slice()))


def _evidence() -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = CT_SERIES.uid
    series.ReferencedSOPSequence = [_slice_reference()]
    study = Dataset()
    study.StudyInstanceUID = CT_STUDY.uid
    study.ReferencedSeriesSequence = [series]
    return study


def _item(relationship: str, value_type: str, name: Code) -> Dataset:
    """A content item without its value (PS3.3 C.17.3)."""
    item = Dataset()
    item.RelationshipType, item.ValueType = relationship, value_type
    item.ConceptNameCodeSequence = coded(name)
    return item


def _container(name: Code, children: Sequence[Dataset]) -> Dataset:
    item = _item("CONTAINS", "CONTAINER", name)
    item.ContinuityOfContent = "SEPARATE"
    item.ContentSequence = list(children)
    return item


def _code(relationship: str, name: Code, value: Code) -> Dataset:
    item = _item(relationship, "CODE", name)
    item.ConceptCodeSequence = coded(value)
    return item


def _person(relationship: str, name: Code, person: str) -> Dataset:
    item = _item(relationship, "PNAME", name)
    item.PersonName = person
    return item


def _number(name: Code, value: str, unit: Code) -> Dataset:
    item = _item("CONTAINS", "NUM", name)
    measured = Dataset()
    measured.NumericValue = value
    measured.MeasurementUnitsCodeSequence = coded(unit)
    item.MeasuredValueSequence = [measured]
    return item
