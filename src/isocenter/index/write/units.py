"""Which function enters which unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from isocenter.index.record import ReceiptUnit
from isocenter.index.write import changes
from isocenter.index.write.batch import Batch
from isocenter.index.write.headers import HeaderUnit, put_headers
from isocenter.index.write.receive import receive

__all__ = ["ON_SETTLED", "UNITS", "Unit"]

Unit = (
    ReceiptUnit
    | HeaderUnit
    | changes.DeleteUnit
    | changes.RestoreUnit
    | changes.PurgeUnit
    | changes.RejectUnit
    | changes.AcceptUnit
    | changes.DamageUnit
    | changes.EventUnit
    | changes.HoldUnit
    | changes.ReleaseUnit
)

ON_SETTLED = (changes.HoldUnit, changes.DeleteUnit, changes.PurgeUnit)
"""Units that ask who is held: what came before them has to be settled first, also within one transaction."""

UNITS: Mapping[type, Callable[[Batch, Any], object]] = {
    ReceiptUnit: receive,
    HeaderUnit: put_headers,
    changes.DeleteUnit: changes.delete,
    changes.RestoreUnit: changes.restore,
    changes.PurgeUnit: changes.purge,
    changes.RejectUnit: changes.reject,
    changes.AcceptUnit: changes.accept,
    changes.DamageUnit: changes.damage,
    changes.EventUnit: changes.enter_event,
    changes.HoldUnit: changes.place_hold,
    changes.ReleaseUnit: changes.release_hold,
}
