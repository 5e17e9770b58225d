"""Status codes: category and meaning."""

from __future__ import annotations

import pytest
from pynetdicom import status as theirs

from isocenter.protocol.dimse.status import ALLOWED, Category, Service, Status, category, is_final, meaning


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0x0000, Category.SUCCESS),
        (0x0001, Category.WARNING),
        (0x0107, Category.WARNING),
        (0x0116, Category.WARNING),
        (0x0110, Category.FAILURE),
        (0x0210, Category.FAILURE),
        (0xA700, Category.FAILURE),
        (0xB000, Category.WARNING),
        (0xB123, Category.WARNING),
        (0xC123, Category.FAILURE),
        (0xFE00, Category.CANCEL),
        (0xFF00, Category.PENDING),
        (0xFF01, Category.PENDING),
        (0x7777, Category.FAILURE),
    ],
)
def test_category(code: int, expected: Category) -> None:
    assert category(code) is expected
    assert is_final(code) is (expected is not Category.PENDING)


@pytest.mark.parametrize(
    "table",
    [
        theirs.GENERAL_STATUS,
        theirs.STORAGE_SERVICE_CLASS_STATUS,
        theirs.QR_FIND_SERVICE_CLASS_STATUS,
        theirs.QR_MOVE_SERVICE_CLASS_STATUS,
        theirs.QR_GET_SERVICE_CLASS_STATUS,
        theirs.STORAGE_COMMITMENT_SERVICE_CLASS_STATUS,
    ],
)
def test_categories_agree_with_pynetdicom(table: dict[int, tuple[str, str]]) -> None:
    assert {code: category(code).value for code in table} == {code: row[0].lower() for code, row in table.items()}


@pytest.mark.parametrize(
    ("code", "service", "words"),
    [
        (0xA712, Service.STORAGE, "out of resources"),
        (0xC001, Service.STORAGE, "UID is missing"),
        (0xC777, Service.STORAGE, "cannot understand"),
        (0xA900, Service.STORAGE, "data set does not match"),
        (0xA900, Service.FIND, "identifier does not match"),
        (0xB000, Service.STORAGE, "coerced"),
        (0xB000, Service.GET, "one or more sub-operations"),
        (0xC123, Service.MOVE, "unable to process"),
        (0xA801, Service.MOVE, "destination unknown"),
        (0xA801, Service.GET, "status A801, failure"),
        (0x0124, Service.STORAGE, "not authorized"),
        (0xA7FF, Service.FIND, "status A7FF"),
        (0x4242, Service.GENERAL, "status 4242"),
    ],
)
def test_meaning_depends_on_the_service(code: int, service: Service, words: str) -> None:
    assert words in meaning(code, service)


def test_every_named_status_has_a_meaning_in_some_service() -> None:
    for status in Status:
        assert any(not meaning(status, service).startswith("status ") for service in Service), status


def test_codes_allowed_to_a_normalized_service_have_meanings() -> None:
    for codes in ALLOWED.values():
        assert Status.SUCCESS in codes
        assert all(not meaning(code).startswith("status ") for code in codes)
