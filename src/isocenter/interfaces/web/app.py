"""The web door's routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from isocenter.errors import IsocenterError
from isocenter.interfaces.web.problems import answer_error
from isocenter.interfaces.web.qido import RESOURCES, QidoDoor, Resource
from isocenter.interfaces.web.status_page import Status, status_page
from isocenter.interfaces.web.wado import WadoDoor

__all__ = ["web_app"]

LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]", "testserver"]
"""Names that a request may call us by: others come from a page that tricks a browser (DNS rebinding)."""
_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-cache",
}

Endpoint = Callable[[Request], Awaitable[Response]]


def web_app(qido: QidoDoor, wado: WadoDoor, status: Callable[[], Status]) -> Starlette:
    """Assemble the application: DICOMweb under ``/dicomweb``, a status page, and a health check for machines."""

    async def health(request: Request) -> Response:
        now = await run_in_threadpool(status)
        return JSONResponse(now.as_json(), status_code=200 if now.healthy else 503)

    async def page(request: Request) -> Response:
        return HTMLResponse(status_page(await run_in_threadpool(status)))

    search = {name: _search(qido, resource) for name, resource in RESOURCES.items()}
    study, series, instance = "/studies/{study}", "/series/{series}", "/instances/{instance}"
    dicomweb = [
        Route("/studies", search["studies"]),
        Route("/series", search["series"]),
        Route("/instances", search["instances"]),
        Route(f"{study}/series", search["study/series"]),
        Route(f"{study}/instances", search["study/instances"]),
        Route(f"{study}{series}/instances", search["series/instances"]),
        *(Route(f"{target}/metadata", wado.metadata) for target in (study, study + series, study + series + instance)),
        *(Route(target, wado.instances) for target in (study, study + series, study + series + instance)),
    ]
    return Starlette(
        routes=[Route("/", page), Route("/health", health), Mount("/dicomweb", routes=dicomweb)],
        exception_handlers={IsocenterError: answer_error, Exception: answer_error},
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK_NAMES),
            Middleware(SecurityHeaders),
        ],
    )


def _search(qido: QidoDoor, resource: Resource) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await qido.search(request, resource)

    return endpoint


class SecurityHeaders:
    """Adds the headers that keep a browser strict to every answer."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in _SECURITY_HEADERS.items()]

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # ASGI's own shape
        """Pass the request on."""

        async def send_with_headers(message) -> None:  # type: ignore[no-untyped-def]  # ASGI's own shape
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] += [pair for pair in self._headers if pair[0] not in present]
            await send(message)

        await self._app(scope, receive, send_with_headers)
