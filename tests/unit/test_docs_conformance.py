"""The conformance page says what the doors do: SOP classes, statuses, resources, keys, limits."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from starlette.routing import Mount, Route

from isocenter.dicom.sop_class import NON_PATIENT, SOP_CLASSES, STORAGE, VERIFICATION
from isocenter.dicom.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from isocenter.dicom.walk import WalkLimits
from isocenter.index.attributes import ATTRIBUTES, Level
from isocenter.interfaces.dimse import statuses
from isocenter.interfaces.dimse.policy import (
    FIND_CLASSES,
    GET_CLASSES,
    MAX_OPERATIONS,
    MOVE_CLASSES,
    QUERY_OPTIONS,
    acceptor_policy,
)
from isocenter.interfaces.dimse.retrieval import MAX_FAILED_UIDS
from isocenter.interfaces.web import QidoDoor, Status, WadoDoor, problems, web_app
from isocenter.interfaces.web.qido import MAX_PARAMETERS
from isocenter.protocol.dimse import Service
from isocenter.protocol.dimse.negotiation import StorageOptions
from isocenter.protocol.upper_layer import UpperLayerLimits
from isocenter.services.imports.zips import ZipLimits
from isocenter.services.record import judge
from isocenter.services.retrieve.headers import INLINE_BYTES
from isocenter.settings import load_settings

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/conformance.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())
INTERNAL_FAULT = 0x0110


def rows(heading: str) -> list[list[str]]:
    """The rows of all tables under a heading, down to the next one."""
    match = re.search(rf"^(#+) {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert match is not None, heading
    lines = [line for line in match[2].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def codes(heading: str) -> set[int]:
    return {int(row[0][:4], 16) for row in rows(heading) if re.match(r"[0-9A-F]{4} ", row[0])}


def table_codes(service: Service) -> set[int]:
    return {int(status) for status in statuses._TABLES[service].values()} | {INTERNAL_FAULT}


def tags(text: str) -> set[int]:
    return {int(group + element, 16) for group, element in re.findall(r"\(([0-9A-F]{4}),([0-9A-F]{4})\)", text)}


def test_it_names_the_implementation() -> None:
    assert f"`{IMPLEMENTATION_CLASS_UID}`" in PAGE
    assert f"`{IMPLEMENTATION_VERSION_NAME}`" in PAGE


def test_sop_classes_are_those_of_the_policy() -> None:
    accepted = set(acceptor_policy(accept_unknown_sop_classes=True).contexts) - set(STORAGE)
    listed = {row[1] for row in rows("SOP classes") if row[1] in SOP_CLASSES}
    assert listed == accepted == {VERIFICATION, *FIND_CLASSES, *GET_CLASSES, *MOVE_CLASSES}
    assert f"{len(STORAGE)} of them" in WORDS
    assert len(NON_PATIENT) == 9
    assert "nine classes without patient" in WORDS


def test_transfer_syntaxes_of_services_are_the_uncompressed_ones() -> None:
    contexts = acceptor_policy(accept_unknown_sop_classes=True).contexts
    plain = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}
    for uid in {VERIFICATION, *FIND_CLASSES, *GET_CLASSES, *MOVE_CLASSES}:
        assert contexts[uid].transfer_syntaxes == plain


def test_options_are_those_that_are_granted() -> None:
    granted = {row[0]: row[1] for row in rows("SOP classes") if row[0].startswith("C-")}
    told = granted["C-FIND"]
    assert len(told.split(", ")) == sum(QUERY_OPTIONS.to_bytes())
    assert not QUERY_OPTIONS.enhanced_image_conversion
    assert StorageOptions().level == 2
    assert f"at most {MAX_OPERATIONS} each way" in WORDS


@pytest.mark.parametrize(
    ("heading", "services", "progress"),
    [
        ("C-STORE", [Service.STORAGE], {0x0000}),
        ("C-FIND", [Service.FIND], {0x0000, 0xFF00, 0xFF01, 0xFE00}),
        ("C-GET and C-MOVE", [Service.GET, Service.MOVE], {0x0000, 0xFF00, 0xB000, 0xFE00}),
    ],
)
def test_statuses_are_those_of_the_table(heading: str, services: list[Service], progress: set[int]) -> None:
    expected = {code for service in services for code in table_codes(service)}
    assert codes(heading) == expected | progress


def test_http_statuses_are_those_of_the_table() -> None:
    listed = {int(row[0]) for row in rows("HTTP statuses") if row[0].isdigit()}
    assert listed == set(problems._STATUSES.values()) | {200, 204, 405}


def test_resources_are_the_routes() -> None:
    def never() -> Status:
        raise AssertionError

    app = web_app(QidoDoor.__new__(QidoDoor), WadoDoor.__new__(WadoDoor), never)
    mounted = next(route for route in app.routes if isinstance(route, Mount))
    assert mounted.path == "/dicomweb"
    routes = {route.path for route in mounted.routes if isinstance(route, Route)}
    assert {row[0].strip("`") for row in rows("DICOMweb") if row[0].startswith("`/")} == routes


@pytest.mark.parametrize("level", Level)
def test_keys_are_those_of_the_index(level: Level) -> None:
    row = next(row for row in rows("C-FIND") if row[0] == level.name)
    own = [attribute for attribute in ATTRIBUTES.values() if attribute.level is level]
    assert tags(row[1]) == {attribute.tag for attribute in own if attribute.matchable}
    assert tags(row[2]) == {attribute.tag for attribute in own if not attribute.matchable}


def test_every_kind_of_conflict_is_named() -> None:
    kinds = set(re.findall(r'"((?:other|second|not)-[a-z-]+)"', inspect.getsource(judge)))
    assert len(kinds) > 5
    listed = {kind for row in rows("The same UID again") for kind in re.findall(r"`([a-z-]+)`", row[1])}
    assert listed == kinds


def test_limits_are_what_they_are() -> None:
    settings = load_settings(environment={})
    owners = {
        "dimse": settings.dimse,
        "storage": settings.storage,
        "index": settings.index,
        "UpperLayerLimits": UpperLayerLimits(),
        "WalkLimits": WalkLimits(),
        "ZipLimits": ZipLimits(),
    }
    listed = [(row[0].split("`")[1], row[1]) for row in rows("Limits") if row[0].startswith("`")]
    assert len(listed) > 20
    for name, value in listed:
        owner, attribute = name.split(".")
        assert float(value) == getattr(owners[owner], attribute), name


def test_figures_in_the_text_are_those_of_the_code() -> None:
    assert f"more than {MAX_PARAMETERS} parameters" in WORDS
    assert f"at most {MAX_FAILED_UIDS}" in WORDS
    assert f"longer than {INLINE_BYTES // 1024} KiB" in WORDS
