"""Accept headers, by PS3.18 8.7."""

from __future__ import annotations

import pytest

from isocenter.interfaces.web.accept import NotAcceptable, chosen, media_ranges

MULTIPART = 'multipart/related; type="application/dicom"'
JSON = "application/dicom+json"


@pytest.mark.parametrize(
    ("header", "offered", "expected"),
    [
        ("*/*", [MULTIPART], MULTIPART),
        ("application/*", [JSON], JSON),
        ('multipart/related; type="application/dicom"', [MULTIPART], MULTIPART),
        ("multipart/related; type=application/dicom", [MULTIPART], MULTIPART),
        ("application/json;q=0.5, application/dicom+json", [JSON, "application/json"], JSON),
        ("application/dicom+json;q=0.1, application/json", [JSON, "application/json"], "application/json"),
        ("nonsense, application/dicom+json", [JSON], JSON),
        ('multipart/related; type="application/dicom"; transfer-syntax=*', [MULTIPART], MULTIPART),
    ],
)
def test_the_best_offer_is_chosen(header: str, offered: list[str], expected: str) -> None:
    assert chosen(media_ranges(header), offered)[0] == expected


@pytest.mark.parametrize(
    "header",
    ["", "text/html", "application/dicom+json;q=0", 'multipart/related; type="application/octet-stream"', ";;,,", '"'],
)
def test_what_cannot_be_given_is_refused(header: str) -> None:
    with pytest.raises(NotAcceptable):
        chosen(media_ranges(header), [MULTIPART, JSON])


def test_parameters_come_with_the_choice() -> None:
    _, entry = chosen(media_ranges('multipart/related; type="application/dicom"; transfer-syntax=*'), [MULTIPART])
    assert entry.parameters["transfer-syntax"] == "*"


def test_a_comma_inside_quotation_marks_is_no_separator() -> None:
    assert [entry.media_type for entry in media_ranges('a/b; x="1,2", c/d')] == ["a/b", "c/d"]
