"""C-FIND: what is here (PS3.4 C.4.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import replace

from isocenter.dicom.dataset import DataSet, read_data_set, write_data_set
from isocenter.dicom.sop_class import PATIENT_ROOT_FIND
from isocenter.errors import BadRequest
from isocenter.index.answers import Row
from isocenter.index.keys import KeyRules, read_keys, require_unique_keys
from isocenter.index.moments import read_utc_offset
from isocenter.index.query import Level, Query
from isocenter.interfaces.dimse.association import Association
from isocenter.interfaces.dimse.identifiers import AnswerStyle, encode_row, read_level, text_keys
from isocenter.peers.dimse.dialogue import DataSetReceiver, IdentifierReceiver
from isocenter.protocol.dimse import Operation, Service, Status
from isocenter.protocol.dimse.messages import CFindRequest, response_to
from isocenter.protocol.dimse.negotiation import QueryOptions
from isocenter.services.find import Find

__all__ = ["FindDoor"]


class FindDoor:
    """Makes C-FIND a door to `Find`."""

    def __init__(self, find: Find, pool: Executor) -> None:
        self._find = find
        self._pool = pool

    def perform(self, association: Association, operation: Operation) -> DataSetReceiver:
        """Collect the identifier, then answer it."""

        def begin(data_set: bytes) -> None:
            association.start(operation, self._answer(association, operation, data_set), Service.FIND)

        return IdentifierReceiver(begin)

    async def _answer(self, association: Association, operation: Operation, data_set: bytes) -> None:
        context = association.context(operation)
        identifier = read_data_set(data_set, context.transfer_syntax)
        query = self._query(association, operation, identifier)
        pending = replace(
            response_to(
                operation.request,
                Status.PENDING_OPTIONAL_KEYS_NOT_SUPPORTED if query.ignored else Status.PENDING,
            ),
            has_data_set=True,
        )
        style = _style(association, identifier, query)
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._pool, self._find.find, query)
        pages: Iterator[list[Row]] = found.pages()
        while page := await loop.run_in_executor(self._pool, next, pages, None):
            for row in page:
                if operation.cancelled:
                    association.respond(operation, Status.CANCEL)
                    return
                answer = write_data_set(encode_row(row, style), context.transfer_syntax)
                association.answer(operation, pending, answer)
            if association.dialogue is not None:
                await association.dialogue.drain()
            await asyncio.sleep(0)  # so that a C-CANCEL between the pages is seen
        association.respond(operation, Status.CANCEL if operation.cancelled else Status.SUCCESS)

    def _query(self, association: Association, operation: Operation, identifier: DataSet) -> Query:
        request = operation.request
        assert isinstance(request, CFindRequest)  # noqa: S101 - performers are chosen by type
        sop_class_uid = association.context(operation).abstract_syntax
        if request.affected_sop_class_uid != sop_class_uid:
            raise BadRequest("The SOP class of the request is not that of its presentation context.")
        top = Level.PATIENT if sop_class_uid == PATIENT_ROOT_FIND else Level.STUDY
        options = _options(association, sop_class_uid)
        query = read_keys(
            Query(
                read_level(identifier, top),
                relational=options.relational_queries,
                fuzzy=options.fuzzy_name_matching,
                timezone_offset=_peer_offset(association) if options.timezone_adjustment else None,
            ),
            text_keys(identifier),
            KeyRules(
                combined_date_time=options.combined_date_time_matching,
                empty_value=options.empty_value_matching,
                multiple_values=options.multiple_value_matching,
            ),
        )
        require_unique_keys(query, top)
        return query


def _options(association: Association, sop_class_uid: str) -> QueryOptions:
    dialogue = association.dialogue
    agreed = dialogue.agreement.options.get(sop_class_uid) if dialogue is not None else None
    return QueryOptions.from_bytes(agreed) if agreed is not None else QueryOptions()


def _peer_offset(association: Association) -> int | None:
    """Return the time zone that the peer's profile names; a request's own (0008,0201) goes before it."""
    peer = association.caller.peer if association.caller else None
    return read_utc_offset(peer.timezone) if peer and peer.timezone else None


def _style(association: Association, identifier: DataSet, query: Query) -> AnswerStyle:
    peer = association.caller.peer if association.caller else None
    return AnswerStyle(
        retrieve_ae_title=association.called_ae_title,
        requested_character_sets=identifier.character_sets,
        peer_character_set=peer.character_set if peer else "",
        empty_keys=tuple(sorted(query.returns)),
    )
