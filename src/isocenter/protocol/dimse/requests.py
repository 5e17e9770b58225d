"""Making requests for the user side: each gets a message ID that is free."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from isocenter.dicom.sop_class import VERIFICATION
from isocenter.errors import BusyError
from isocenter.protocol.dimse.messages import (
    CEchoRequest,
    CFindRequest,
    CGetRequest,
    CMoveRequest,
    CStoreRequest,
    NActionRequest,
    NCreateRequest,
    NDeleteRequest,
    NEventReportRequest,
    NGetRequest,
    NSetRequest,
    Priority,
)

__all__ = ["RequestBuilder"]

_LARGEST_ID: Final = 0xFFFF


class RequestBuilder:
    """Makes requests for one association.

    ``in_use`` holds the message IDs that wait for a response, such as ``Conversation.invoked``: IDs start again at 1
    after 65535 and pass over those.
    """

    __slots__ = ("_in_use", "_last", "_priority")

    def __init__(self, in_use: Container[int], priority: Priority = Priority.MEDIUM) -> None:
        self._in_use = in_use
        self._priority = priority
        self._last = 0

    def message_id(self) -> int:
        """The next free message ID. Raises ``BusyError`` when all are in use."""
        for step in range(_LARGEST_ID):
            candidate = (self._last + step) % _LARGEST_ID + 1
            if candidate not in self._in_use:
                self._last = candidate
                return candidate
        raise BusyError("all message IDs are in use")

    def echo(self) -> CEchoRequest:
        """Ask whether the peer is there."""
        return CEchoRequest(message_id=self.message_id(), affected_sop_class_uid=VERIFICATION)

    def store(
        self, sop_class_uid: str, sop_instance_uid: str, *, originator: tuple[str, int] | None = None
    ) -> CStoreRequest:
        """Send an instance; ``originator`` is the AE title and message ID of the C-MOVE on whose behalf it goes."""
        title, move_id = originator if originator is not None else (None, None)
        return CStoreRequest(
            message_id=self.message_id(),
            affected_sop_class_uid=sop_class_uid,
            affected_sop_instance_uid=sop_instance_uid,
            priority=self._priority,
            move_originator_ae_title=title,
            move_originator_message_id=move_id,
        )

    def find(self, sop_class_uid: str) -> CFindRequest:
        """Query an information model; the identifier goes as data set."""
        return CFindRequest(message_id=self.message_id(), affected_sop_class_uid=sop_class_uid, priority=self._priority)

    def get(self, sop_class_uid: str) -> CGetRequest:
        """Retrieve over this association; the identifier goes as data set."""
        return CGetRequest(message_id=self.message_id(), affected_sop_class_uid=sop_class_uid, priority=self._priority)

    def move(self, sop_class_uid: str, destination: str) -> CMoveRequest:
        """Have the peer send to another application; the identifier goes as data set."""
        return CMoveRequest(
            message_id=self.message_id(),
            affected_sop_class_uid=sop_class_uid,
            move_destination=destination,
            priority=self._priority,
        )

    def event_report(
        self, sop_class_uid: str, sop_instance_uid: str, event_type_id: int, *, has_data_set: bool
    ) -> NEventReportRequest:
        """Report an event of an instance."""
        return NEventReportRequest(
            message_id=self.message_id(),
            affected_sop_class_uid=sop_class_uid,
            affected_sop_instance_uid=sop_instance_uid,
            event_type_id=event_type_id,
            has_data_set=has_data_set,
        )

    def n_get(self, sop_class_uid: str, sop_instance_uid: str, tags: tuple[int, ...] = ()) -> NGetRequest:
        """Ask for attributes of an instance; none named means all."""
        return NGetRequest(
            message_id=self.message_id(),
            requested_sop_class_uid=sop_class_uid,
            requested_sop_instance_uid=sop_instance_uid,
            attribute_identifier_list=tags or None,
        )

    def n_set(self, sop_class_uid: str, sop_instance_uid: str) -> NSetRequest:
        """Change an instance; the modifications go as data set."""
        return NSetRequest(
            message_id=self.message_id(),
            requested_sop_class_uid=sop_class_uid,
            requested_sop_instance_uid=sop_instance_uid,
        )

    def action(
        self, sop_class_uid: str, sop_instance_uid: str, action_type_id: int, *, has_data_set: bool
    ) -> NActionRequest:
        """Have something done with an instance."""
        return NActionRequest(
            message_id=self.message_id(),
            requested_sop_class_uid=sop_class_uid,
            requested_sop_instance_uid=sop_instance_uid,
            action_type_id=action_type_id,
            has_data_set=has_data_set,
        )

    def create(self, sop_class_uid: str, sop_instance_uid: str | None, *, has_data_set: bool) -> NCreateRequest:
        """Make an instance; without a UID the peer chooses one."""
        return NCreateRequest(
            message_id=self.message_id(),
            affected_sop_class_uid=sop_class_uid,
            affected_sop_instance_uid=sop_instance_uid,
            has_data_set=has_data_set,
        )

    def delete(self, sop_class_uid: str, sop_instance_uid: str) -> NDeleteRequest:
        """Remove an instance."""
        return NDeleteRequest(
            message_id=self.message_id(),
            requested_sop_class_uid=sop_class_uid,
            requested_sop_instance_uid=sop_instance_uid,
        )
