"""The same report as a page to read: a small PDF, encapsulated."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, EncapsulatedPDFStorage

from isocenter.services.samples.attributes import Series, add_private_block, coded, new_object, reference
from isocenter.services.samples.chest import NODULE_DIAMETER_MM
from isocenter.services.samples.ct_chest import CT_SERIES, CT_STUDY, nodule_slice
from isocenter.services.samples.sr_nodule import NODULE_VOLUME_MM3

__all__ = ["PDF_SERIES", "pdf_report"]

PDF_SERIES = Series(
    study=CT_STUDY,
    number=21,
    modality="DOC",
    description="Report",
    body_part="",
    model="Phantom SR",
    time="114500",
)
_LINES = (
    "Isocenter Sample Hospital",
    "CT chest with contrast, 17 March 2026",
    "Patient: PHANTOM, Quentin (SAMPLE-0001). Nobody by that name exists.",
    "",
    "Round solid nodule in the right upper lobe,",
    f"diameter {NODULE_DIAMETER_MM:.1f} mm, volume {NODULE_VOLUME_MM3:.1f} mm3.",
    "Heart, vessels and airways as drawn. No effusion.",
    "",
    "This study was drawn by a program. It is not for diagnosis.",
)


def pdf_report() -> Iterator[Dataset]:
    """One Encapsulated PDF object."""
    data_set = new_object(PDF_SERIES, EncapsulatedPDFStorage, 1)
    data_set.AcquisitionDateTime = ""
    data_set.ConversionType, data_set.BurnedInAnnotation = "WSD", "YES"
    data_set.DocumentTitle = "CT chest report"
    data_set.ConceptNameCodeSequence = coded(("18747-6", "LN", "CT Report"))
    data_set.SourceInstanceSequence = [reference(CTImageStorage, CT_SERIES.instance_uid(nodule_slice()))]
    data_set.VerificationFlag = "UNVERIFIED"
    data_set.MIMETypeOfEncapsulatedDocument = "application/pdf"
    document = _page(_LINES)
    data_set.EncapsulatedDocumentLength = len(document)
    data_set.EncapsulatedDocument = document + b"\x00" * (len(document) % 2)
    add_private_block(data_set, "ct-chest", ["measures as drawn, not as measured"])
    yield data_set


def _page(lines: tuple[str, ...]) -> bytes:
    """A PDF of one A4 page in Helvetica, with its cross-reference table."""
    shown = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    content = f"BT /F1 14 Tf 22 TL 72 770 Td\n{shown}ET\n".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%sendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    whole, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(whole)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    whole += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(places) + 1, table)
    return whole + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, start)


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
