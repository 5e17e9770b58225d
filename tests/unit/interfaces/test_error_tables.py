"""Each door's table of errors is total: whatever is raised, the caller hears a code that says who is to blame."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import isocenter
from isocenter import errors
from isocenter.interfaces.dimse.statuses import failure_of
from isocenter.interfaces.web.accept import NotAcceptable
from isocenter.interfaces.web.problems import status_of
from isocenter.protocol.dimse import Category, Service, Status, category, meaning

SERVICES = (Service.STORAGE, Service.FIND, Service.GET, Service.MOVE)


ELSEWHERE = ("isocenter.app", "isocenter.interfaces.cli", "isocenter.index.migrations.")
"""What these raise reaches neither of the two doors: the command line is a door of its own."""


def every_module() -> None:
    """Import all behind the doors, so that errors which a module keeps to itself are seen as well."""
    for package in ("dicom", "protocol", "storage", "index", "queue", "peers", "services", "interfaces"):
        folder = [f"{isocenter.__path__[0]}/{package}"]
        for module in pkgutil.walk_packages(folder, f"isocenter.{package}."):
            if not module.name.startswith(ELSEWHERE):
                importlib.import_module(module.name)


def tree(kind: type[errors.IsocenterError]) -> list[type[errors.IsocenterError]]:
    below = [found for child in kind.__subclasses__() for found in tree(child)]
    return [kind, *below]


every_module()
KINDS = sorted(set(tree(errors.IsocenterError)), key=lambda kind: f"{kind.__module__}.{kind.__name__}")


def raised(kind: type[errors.IsocenterError]) -> errors.IsocenterError:
    """One error of a kind, made without its constructor: only its type counts here."""
    error = kind.__new__(kind, "what was wrong")
    error.args = ("what was wrong",)
    return error


def name_of(kind: type[errors.IsocenterError]) -> str:
    return kind.__name__


def test_the_tree_is_public_whole() -> None:
    public = {getattr(errors, name) for name in errors.__all__}
    assert public == {kind for kind in KINDS if kind.__module__ == errors.__name__}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.value)
@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_every_error_is_a_failure_of_every_service(kind: type[errors.IsocenterError], service: Service) -> None:
    failure = failure_of(raised(kind), service)
    assert category(failure.status) is Category.FAILURE
    assert failure.comment == "what was wrong"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.value)
@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_every_status_sent_has_a_meaning_in_its_service(kind: type[errors.IsocenterError], service: Service) -> None:
    status = failure_of(raised(kind), service).status
    assert not meaning(status, service).startswith("status "), f"{status:04X} says nothing in {service.value}"


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_every_error_has_an_http_status_that_blames_the_right_side(kind: type[errors.IsocenterError]) -> None:
    status = status_of(raised(kind))
    caller_is_to_blame = issubclass(kind, errors.CallerError | errors.ObjectError)
    unsupported = issubclass(kind, errors.NotSupported)
    assert status in (range(400, 500) if caller_is_to_blame and not unsupported else range(500, 600))


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.value)
def test_a_fault_that_nobody_foresaw_says_nothing_of_itself(service: Service) -> None:
    failure = failure_of(ValueError("secret"), service)
    assert failure.status == Status.PROCESSING_FAILURE
    assert "secret" not in failure.comment
    assert status_of(ValueError("secret")) == 500


def test_an_element_at_fault_is_named() -> None:
    failure = failure_of(errors.MissingUid("The data set has no Study Instance UID.", tag=0x0020000D), Service.STORAGE)
    assert failure.offending_elements == (0x0020000D,)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.IdentityMismatch, 0xA900),
        (errors.DataSetError, 0xC000),
        (errors.LimitExceeded, 0xC000),
        (errors.MissingUid, 0xC001),
        (errors.InvalidUid, 0xC002),
        (errors.ConflictRefused, 0xC003),
        (errors.StorageFull, 0xA700),
        (errors.ReadOnly, 0xA700),
        (errors.IndexFailure, 0xA700),
        (errors.StaleDecision, 0xA700),
        (errors.NotPermitted, 0x0124),
        (errors.DuplicateUid, 0x0111),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else f"{value:04X}",
)
def test_c_store_answers_as_promised(kind: type[errors.IsocenterError], status: int) -> None:
    assert failure_of(raised(kind), Service.STORAGE).status == status


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (NotAcceptable, 406),
        (errors.BadRequest, 400),
        (errors.NotFound, 404),
        (errors.Gone, 410),
        (errors.Held, 409),
        (errors.StorageFull, 507),
        (errors.ReadOnly, 503),
        (errors.BusyError, 503),
        (errors.IndexFailure, 503),
        (errors.DamagedContent, 500),
        (errors.PeerUnreachable, 502),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else str(value),
)
def test_http_answers_as_promised(kind: type[errors.IsocenterError], status: int) -> None:
    assert status_of(raised(kind)) == status
