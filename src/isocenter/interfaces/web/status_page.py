"""What the server says of itself, for people and for machines."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from typing import Any

__all__ = ["Status", "status_page"]


@dataclass(frozen=True, slots=True)
class Status:
    """The server at this moment."""

    version: str
    healthy: bool
    read_only: bool
    ae_title: str
    dicom_address: str
    dicom_open_to: str
    patients: int
    studies: int
    series: int
    instances: int
    stored_bytes: int
    free_bytes: int
    associations: int
    open_exceptions: int
    waiting_jobs: int
    uptime_seconds: float

    def as_json(self) -> dict[str, Any]:  # Any: JSON
        """Return the status for the health check."""
        return {"status": "ok" if self.healthy else "degraded", **asdict(self)}


_STYLE = """
:root{color-scheme:dark light;--ink:#e8eef2;--soft:#93a4b0;--back:#0e151a;--card:#162027;--line:#24323c;
--good:#5fd0a5;--bad:#ff9d7a}
@media (prefers-color-scheme:light){:root{--ink:#14222b;--soft:#566874;--back:#f3f6f8;--card:#fff;--line:#dbe4ea;
--good:#0b7a55;--bad:#b3431b}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:3rem 1.25rem}
h1{font-size:1.6rem;margin:0;letter-spacing:.01em}
p{margin:.25rem 0 0;color:var(--soft)}
.state{color:var(--good)}
.state.bad{color:var(--bad)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:1rem;margin:2rem 0}
dl div,table{background:var(--card);border:1px solid var(--line);border-radius:.75rem}
dl div{padding:1rem 1.1rem}
dt{color:var(--soft);font-size:.85rem}
dd{margin:.15rem 0 0;font-size:1.5rem;font-variant-numeric:tabular-nums}
table{width:100%;border-collapse:separate;border-spacing:0;overflow:hidden}
th,td{text-align:left;padding:.6rem 1.1rem;border-top:1px solid var(--line);font-weight:400}
tr:first-child>*{border-top:0}
th{color:var(--soft);width:12rem}
code{font:.95em ui-monospace,monospace}
a{color:inherit}
"""


def status_page(status: Status) -> str:
    """Write the page."""
    state = "Running" if status.healthy else "Degraded"
    if status.read_only:
        state = "Read-only: the disk failed repeatedly"
    cards = [
        ("Patients", f"{status.patients:,}"),
        ("Studies", f"{status.studies:,}"),
        ("Series", f"{status.series:,}"),
        ("Instances", f"{status.instances:,}"),
        ("Stored", _size(status.stored_bytes)),
        ("Free", _size(status.free_bytes)),
        ("Associations", f"{status.associations:,}"),
        ("Open exceptions", f"{status.open_exceptions:,}"),
    ]
    rows = [
        ("DICOM", f"<code>{escape(status.ae_title)}</code> at <code>{escape(status.dicom_address)}</code>"),
        ("Open to", escape(status.dicom_open_to)),
        ("DICOMweb", '<a href="/dicomweb/studies?limit=10"><code>/dicomweb/studies</code></a>'),
        ("Health check", '<a href="/health"><code>/health</code></a>'),
        ("Jobs waiting", f"{status.waiting_jobs:,}"),
        ("Running for", _duration(status.uptime_seconds)),
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Isocenter</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style><main>'
        f'<h1>Isocenter</h1><p><span class="state{"" if status.healthy else " bad"}">● {state}</span>'
        f" · version {escape(status.version)}</p><dl>"
        + "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in cards)
        + "</dl><table>"
        + "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
        + "</table></main></html>"
    )


def _size(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def _duration(seconds: float) -> str:
    minutes = int(seconds // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
