"""The one table from our errors to HTTP statuses (PS3.18 8.5), and what an error says."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from isocenter import errors
from isocenter.interfaces.web.accept import NotAcceptable

__all__ = ["answer_error", "status_of"]

log = logging.getLogger(__name__)

_STATUSES: dict[type[Exception], int] = {
    NotAcceptable: 406,
    errors.BadRequest: 400,
    errors.NotFound: 404,
    errors.Gone: 410,
    errors.NotPermitted: 403,
    errors.NotSupported: 501,
    errors.Held: 409,
    errors.CallerError: 400,
    errors.ConflictRefused: 409,
    errors.ObjectError: 400,
    errors.BusyError: 503,
    errors.StorageFull: 507,
    errors.ReadOnly: 503,
    errors.DamagedContent: 500,
    errors.IndexFailure: 503,
    errors.PeerError: 502,
    errors.SystemFault: 500,
    errors.IsocenterError: 500,
}


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error; total, since the table has the tree's root."""
    return next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), 500)


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer with a problem document (RFC 9457): no trace, no path, no patient."""
    status = status_of(error)
    known = isinstance(error, errors.IsocenterError)
    if status >= 500:
        # The route, never the address: that names a patient's study.
        route = getattr(request.scope.get("route"), "path", "?")
        log.error("%s %s: %s", request.method, route, type(error).__name__, exc_info=not known)
    detail = str(error) if known else "An internal fault; the log says more."
    headers = {"Retry-After": "10"} if status == 503 else {}
    return JSONResponse(
        {"status": status, "title": type(error).__name__, "detail": detail},
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )
