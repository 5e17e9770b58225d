"""Hypothesis strategies that draw any DIMSE message, from the same table the codec uses."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from isocenter.protocol.dimse.command import ELEMENTS
from isocenter.protocol.dimse.messages import LAYOUTS, DataSetUse, Layout, Message

VR_OF = {name: vr for vr, name in ELEMENTS.values()}
WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "US": st.integers(0, 0xFFFF),
    "UI": st.from_regex(r"[12](\.(0|[1-9][0-9]{0,6})){1,7}", fullmatch=True),
    "AE": st.text(WORD, min_size=1, max_size=16),
    "LO": st.text(WORD + " ", min_size=1, max_size=64).map(str.strip).filter(bool),
    "AT": st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=9).map(tuple),
}


@st.composite
def messages(draw: st.DrawFn, layouts: tuple[Layout, ...] = LAYOUTS) -> Message:
    """Any message of the table that is as the standard wants it."""
    layout = draw(st.sampled_from(layouts))
    fields = {name: draw(_values(name)) for name in layout.mandatory.split()}
    fields |= {name: draw(_values(name)) for name in layout.optional.split() if draw(st.booleans())}
    has_data_set = layout.data_set is DataSetUse.ALWAYS or (layout.data_set is DataSetUse.MAY and draw(st.booleans()))
    return layout.message(**fields, has_data_set=has_data_set)


def _values(name: str) -> st.SearchStrategy[Any]:
    return st.integers(0, 2) if name == "priority" else VALUES[VR_OF[name]]
