"""WADO-RS: fetching over HTTP (PS3.18 10.4): instances as they are stored, and their metadata."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from isocenter.dicom.transfer_syntax import EXPLICIT_VR_LITTLE_ENDIAN
from isocenter.dicom.uid import is_valid
from isocenter.errors import BadRequest
from isocenter.interfaces.web.accept import MediaRange, NotAcceptable, chosen, requested_ranges
from isocenter.interfaces.web.multipart import Part, begun, multipart_related
from isocenter.services.retrieve import Retrieve, Scope, StoredInstance

__all__ = ["WadoDoor"]

DICOM_JSON = "application/dicom+json"
DICOM = "application/dicom"
MULTIPART_DICOM = 'multipart/related; type="application/dicom"'


class WadoDoor:
    """Makes WADO-RS a door to `Retrieve`."""

    def __init__(self, retrieve: Retrieve) -> None:
        self._retrieve = retrieve

    async def instances(self, request: Request) -> Response:
        """Send the instances of a study, a series, or one instance."""
        scope = _scope(request)
        offered = [MULTIPART_DICOM, DICOM] if scope.sop_instance_uid else [MULTIPART_DICOM]
        media_type, asked = chosen(requested_ranges(request), offered)
        held = await run_in_threadpool(self._retrieve.select, scope)
        _check_transfer_syntaxes(held, asked)
        if media_type == DICOM:
            return await self._single(held[0])
        boundary = secrets.token_hex(16)
        base = str(request.base_url).rstrip("/") + "/dicomweb"
        parts = (self._part(one, base) for one in held)
        return StreamingResponse(
            await begun(multipart_related(parts, boundary)),
            media_type=f'multipart/related; type="application/dicom"; boundary={boundary}',
        )

    async def metadata(self, request: Request) -> Response:
        """Send the metadata of a study, a series, or one instance as DICOM JSON."""
        chosen(requested_ranges(request), [DICOM_JSON, "application/json"])
        scope = _scope(request)
        held = await run_in_threadpool(self._retrieve.select, scope)
        return StreamingResponse(await begun(_json_array(self._retrieve.metadata(held))), media_type=DICOM_JSON)

    async def _single(self, held: StoredInstance) -> Response:
        return StreamingResponse(
            await begun(self._retrieve.part10(held)),
            media_type=f"application/dicom; transfer-syntax={held.content.transfer_syntax_uid}",
            headers={
                "Content-Length": str(held.content.location.length),
                "Content-Disposition": "attachment",
                "X-Content-Type-Options": "nosniff",
            },
        )

    def _part(self, held: StoredInstance, base: str) -> Part:
        location = (
            f"{base}/studies/{held.study_instance_uid}/series/{held.series_instance_uid}"
            f"/instances/{held.sop_instance_uid}"
        )
        return Part(
            f"application/dicom; transfer-syntax={held.content.transfer_syntax_uid}",
            location,
            held.content.location.length,
            self._retrieve.part10(held),
        )


def _scope(request: Request) -> Scope:
    uids = [request.path_params.get(name) for name in ("study", "series", "instance")]
    for uid in uids:
        if uid is not None and not is_valid(uid):
            raise BadRequest("The address holds something that is not a UID.")
    return Scope(uids[0] or "", uids[1], uids[2])


def _check_transfer_syntaxes(held: Sequence[StoredInstance], asked: MediaRange) -> None:
    """Refuse what would need another encoding; ``*`` takes everything as it is stored, also implicit VR."""
    wanted = asked.parameters.get("transfer-syntax", "")
    if wanted == "*":
        return
    for one in held:
        stored = one.content.transfer_syntax_uid
        if stored != (wanted or EXPLICIT_VR_LITTLE_ENDIAN):
            raise NotAcceptable(
                f"An instance is stored as {stored}, and other encodings cannot be made yet: "
                "ask with transfer-syntax=*, which gives everything as it is stored."
            )


def _json_array(documents: Iterator[bytes]) -> Iterator[bytes]:
    separator = b"["
    for document in documents:
        yield separator + document
        separator = b","
    yield b"]" if separator == b"," else b"[]"
