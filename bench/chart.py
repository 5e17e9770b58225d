"""The rates as a picture: one panel for each workload, one bar for each receiver, lowest to highest as a line."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from bench.measure import Summary

__all__ = ["chart"]

_WIDTH: Final = 760
_LEFT: Final = 110
_BAR: Final = 20
_GAP: Final = 6
_TITLE: Final = 34
_COLOURS: Final = {"isocenter": "#1668a8", "orthanc": "#b8860b", "storescp": "#777777", "sink": "#d5d5d5"}


def chart(summaries: Sequence[Summary]) -> str:
    """Draw an SVG."""
    parts: list[str] = []
    top = 10
    for workload in dict.fromkeys(summary.workload for summary in summaries):
        panel = [summary for summary in summaries if summary.workload == workload]
        parts.append(_text(10, top + 20, f"{workload}: {panel[0].instances} instances, instances per second", "bold"))
        top += _TITLE
        highest = max(summary.rate.high for summary in panel)
        for summary in sorted(panel, key=lambda each: list(_COLOURS).index(each.peer)):
            parts.append(_bar(summary, highest, top))
            top += _BAR + _GAP
        top += 10
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{top}" font-family="sans-serif" '
        f'font-size="13"><rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
    )


def _bar(summary: Summary, highest: float, top: int) -> str:
    scale = (_WIDTH - _LEFT - 90) / highest
    rate, middle = summary.rate, top + _BAR / 2
    return "".join(
        (
            _text(10, top + 15, summary.peer, "normal"),
            f'<rect x="{_LEFT}" y="{top}" width="{rate.median * scale:.1f}" height="{_BAR}" '
            f'fill="{_COLOURS[summary.peer]}"/>',
            f'<path d="M{_LEFT + rate.low * scale:.1f} {middle}H{_LEFT + rate.high * scale:.1f}" stroke="black"/>',
            _text(_LEFT + rate.high * scale + 8, top + 15, f"{rate.median:,.0f}", "normal"),
        )
    )


def _text(x: float, y: float, text: str, weight: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" font-weight="{weight}">{escape(text)}</text>'
