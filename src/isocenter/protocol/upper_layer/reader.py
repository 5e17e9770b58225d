"""Bytes of a connection to PDUs: the hot path of receiving (PS3.8 9.3.1, 9.3.5).

Data is passed on piece by piece as it arrives, as views into the caller's buffer; the only bytes ever held here are
a header that is split between two reads, or one PDU of negotiation. Each length is held against its limit as soon as
it is known, before anything of what it announces is taken.
"""

from __future__ import annotations

from struct import Struct

from isocenter.protocol.upper_layer.events import DataFragment, Event
from isocenter.protocol.upper_layer.limits import PDV_HEADER_BYTES, UpperLayerLimits
from isocenter.protocol.upper_layer.malformed import MalformedPdu
from isocenter.protocol.upper_layer.pdu import AbortReason, PduType

_PDU_HEADER = Struct(">BxI")
_PDV_HEADER = Struct(">IBB")
_HEADER_BYTES = 6
"""Of a PDU and of a PDV alike."""
_COMMAND_BIT = 0x01
_LAST_BIT = 0x02
_FIXED_BYTES = 4
"""Everything but associate requests, acceptances and data (PS3.8 9.3.4, 9.3.6 to 9.3.8)."""
_ASSOCIATE_BYTES = 68
"""Fixed part of A-ASSOCIATE-RQ and -AC (PS3.8 Table 9-11)."""

_TYPES = {int(kind): kind for kind in PduType}
_ASSOCIATE = frozenset({PduType.A_ASSOCIATE_RQ, PduType.A_ASSOCIATE_AC})


class PduReader:
    """Where we are in the peer's bytes. `feed` takes them in any split and gives the same pieces."""

    __slots__ = (
        "_body",
        "_collecting",
        "_context_id",
        "_is_command",
        "_last_fragment",
        "_limits",
        "_partial",
        "_pdu_left",
        "_pdu_length",
        "_pdu_type",
        "_pdv_left",
        "_skipping",
        "arrived",
        "context_ids",
        "data_expected",
        "pdus_begun",
    )

    def __init__(self, limits: UpperLayerLimits) -> None:
        self._limits = limits
        self._partial = bytearray()
        self._body = bytearray()
        self._pdu_type = PduType.P_DATA_TF
        self._pdu_length = 0
        self._pdu_left = 0
        self._pdv_left = 0
        self._collecting = False
        self._skipping = False
        self._context_id = 0
        self._is_command = False
        self._last_fragment = False
        self.arrived: tuple[PduType, bytes] | None = None
        """A PDU for the state machine; whoever takes it sets this to None. Of data that nobody expects, the type."""
        self.data_expected = False
        """Whether P-DATA-TF is to be passed on in pieces; else its arrival is reported and its content dropped."""
        self.context_ids: frozenset[int] = frozenset()
        """Presentation contexts that were accepted."""
        self.pdus_begun = 0
        """Counts PDUs of which the first byte has come."""

    @property
    def in_pdu(self) -> bool:
        """Whether a PDU has begun and its end is outstanding."""
        return bool(self._pdu_left or self._partial)

    @property
    def pdu_bytes(self) -> int:
        """How much of the PDU under way has come."""
        if not self._pdu_left:
            return len(self._partial)
        return _HEADER_BYTES + self._pdu_length - self._pdu_left

    def stop_data(self) -> None:
        """Pass on no more data, not even the rest of a PDU that has begun."""
        self.data_expected = False
        if self._pdu_left and not self._collecting:
            self._skipping = True
            self._pdv_left = 0
            self._partial.clear()

    def feed(self, view: memoryview, position: int, events: list[Event]) -> int:
        """Read on from `position`; pieces of data go to `events`. Return where reading stopped.

        Stops at the end of the view, or once something is in `arrived`. Raises `MalformedPdu`, after which the
        reader cannot go on.
        """
        end = len(view)
        while position < end:
            left = self._pdv_left
            if left:
                stop = position + left
                if stop <= end:
                    is_last = self._last_fragment
                else:
                    stop = end
                    is_last = False
                events.append(DataFragment(self._context_id, self._is_command, is_last, view[position:stop]))
                self._pdv_left = left - (stop - position)
                self._pdu_left -= stop - position
                position = stop
                continue
            if not self._pdu_left:
                position = self._pdu_header(view, position, end)
            elif self._skipping:
                taken = min(self._pdu_left, end - position)
                self._pdu_left -= taken
                position += taken
            elif self._collecting:
                position = self._collect(view, position, end)
            else:
                position = self._pdv_header(view, position, end, events)
            if self.arrived is not None:
                break
        return position

    def _pdu_header(self, view: memoryview, position: int, end: int) -> int:
        if not self._partial:
            self.pdus_begun += 1
            if end - position >= _HEADER_BYTES:
                code, length = _PDU_HEADER.unpack_from(view, position)
                self._begin(code, length)
                return position + _HEADER_BYTES
        position = self._gather(view, position, end)
        if len(self._partial) == _HEADER_BYTES:
            code, length = _PDU_HEADER.unpack(self._partial)
            self._partial.clear()
            self._begin(code, length)
        return position

    def _gather(self, view: memoryview, position: int, end: int) -> int:
        """Add to a header that is split between reads."""
        stop = min(end, position + _HEADER_BYTES - len(self._partial))
        self._partial += view[position:stop]
        return stop

    def _begin(self, code: int, length: int) -> None:
        kind = _TYPES.get(code)
        if kind is None:
            raise MalformedPdu("The peer sent a PDU of no known type.", AbortReason.UNRECOGNIZED_PDU)
        limits = self._limits
        if kind is PduType.P_DATA_TF:
            fits = PDV_HEADER_BYTES <= length <= limits.data_pdu_bytes
        elif kind in _ASSOCIATE:
            fits = _ASSOCIATE_BYTES <= length <= limits.associate_pdu_bytes
        else:
            fits = length == _FIXED_BYTES
        if not fits:
            raise MalformedPdu(f"The peer announced a {kind.name} PDU of {length} bytes, which is out of bounds.")
        self._pdu_type = kind
        self._pdu_length = self._pdu_left = length
        self._collecting = kind is not PduType.P_DATA_TF
        self._skipping = False
        if kind is PduType.P_DATA_TF and not self.data_expected:
            self._skipping = True
            self.arrived = (kind, b"")

    def _collect(self, view: memoryview, position: int, end: int) -> int:
        stop = min(end, position + self._pdu_left)
        self._body += view[position:stop]
        self._pdu_left -= stop - position
        if not self._pdu_left:
            self.arrived = (self._pdu_type, bytes(self._body))
            self._body.clear()
        return stop

    def _pdv_header(self, view: memoryview, position: int, end: int, events: list[Event]) -> int:
        # The PDU holds at least six more bytes here: `_begin` and `_begin_pdv` see to it.
        if not self._partial and end - position >= PDV_HEADER_BYTES:
            length, context_id, control = _PDV_HEADER.unpack_from(view, position)
            position += PDV_HEADER_BYTES
            self._pdu_left -= PDV_HEADER_BYTES
        else:
            start = position
            position = self._gather(view, start, end)
            self._pdu_left -= position - start
            if len(self._partial) < PDV_HEADER_BYTES:
                return position
            length, context_id, control = _PDV_HEADER.unpack(self._partial)
            self._partial.clear()
        self._begin_pdv(length, context_id, control)
        if not self._pdv_left:
            events.append(DataFragment(context_id, self._is_command, self._last_fragment, view[position:position]))
        return position

    def _begin_pdv(self, length: int, context_id: int, control: int) -> None:
        # The length counts the two bytes after it (PS3.8 9.3.5.1). What the PDV leaves of the PDU must be nothing or
        # hold another PDV's header.
        rest = self._pdu_left - (length - 2)
        if length < 2 or (rest and rest < PDV_HEADER_BYTES):
            raise MalformedPdu("The length of a presentation data value does not fit its PDU.")
        # Annex E.2 lets a receiver pass over the reserved bits; a peer that sets them is out of step with the stream.
        if control > _COMMAND_BIT | _LAST_BIT:
            raise MalformedPdu("A message control header has reserved bits set.")
        if context_id not in self.context_ids:
            raise MalformedPdu("Data came on a presentation context that was not accepted.")
        self._context_id = context_id
        self._is_command = bool(control & _COMMAND_BIT)
        self._last_fragment = bool(control & _LAST_BIT)
        self._pdv_left = length - 2
