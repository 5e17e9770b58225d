"""``isocenter peers`` and ``isocenter echo``."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from isocenter.dicom.sop_class import VERIFICATION
from isocenter.interfaces.cli.configuration import ConfigOption, Configuration, DataOption, configuration
from isocenter.interfaces.cli.output import Output
from isocenter.interfaces.cli.session import JsonOption, session
from isocenter.interfaces.cli.settings_file import write_peer
from isocenter.interfaces.cli.targets import Target, target
from isocenter.interfaces.dimse import read_knocks
from isocenter.peers.dimse.pull import QUERY_SYNTAXES
from isocenter.peers.dimse.user import associate
from isocenter.protocol.dimse.negotiation import Proposal

__all__ = ["echo", "peers"]


def echo(
    context: typer.Context,
    peer: Annotated[str, typer.Argument(metavar="PEER", help="A peer by name, or [TITLE@]HOST:PORT.")],
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Ask a peer whether it is there and lets us in (C-ECHO)."""
    at = session(context)
    there = target(configuration(data, config).settings, peer)
    seconds = asyncio.run(_echo(there))
    address = there.address
    at.output.line(f"{address.ae_title} at {address.host}:{address.port} answers, in {seconds * 1000:.1f} ms.")


def peers(
    context: typer.Context,
    knocking: Annotated[
        bool, typer.Option("--knocking", help="List callers that were turned away, and the command that admits each.")
    ] = False,
    add: Annotated[
        str | None, typer.Option("--add", metavar="NAME", help="Write a peer into the settings file, or change it.")
    ] = None,
    ae_title: Annotated[
        str | None, typer.Option("--ae-title", metavar="TITLE", help="With --add: its AE title.")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", metavar="HOST", help="With --add: its name or address.")] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="PORT", min=1, max=65535, help="With --add: its DICOM port; 104 unless given."),
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the peers that the settings name; list who knocked in vain; add one."""
    at = session(context)
    chosen = configuration(data, config)
    if add is not None:
        _add(at.output, chosen, add, {"ae_title": ae_title, "host": host, "port": port})
    elif knocking:
        _knocking(at.output, chosen, json=json)
    else:
        _list(at.output, chosen, json=json)


async def _echo(there: Target) -> float:
    async with associate(there.address, [Proposal(VERIFICATION, QUERY_SYNTAXES)], there.options) as association:
        start = time.monotonic()
        await association.echo()
        return time.monotonic() - start


def _add(output: Output, chosen: Configuration, name: str, given: dict[str, str | int | None]) -> None:
    values = {key: value for key, value in given.items() if value is not None}
    if "ae_title" not in values and name not in chosen.settings.peers:
        raise typer.BadParameter("a new peer needs its title", param_hint="--ae-title")
    file = chosen.writable_file
    write_peer(file, name, values)
    output.line(f"Peer {name} is written to {file}. A running server knows it after its next start.")


def _list(output: Output, chosen: Configuration, *, json: bool) -> None:
    known = chosen.settings.peers
    if json:
        output.json({name: peer.model_dump() for name, peer in known.items()})
        return
    rows = [
        (
            name,
            peer.ae_title,
            f"{peer.host}:{peer.port}" if peer.host else "only calls us",
            ", ".join(peer.from_addresses),
        )
        for name, peer in sorted(known.items())
    ]
    output.table(("Name", "AE title", "Address", "May call from"), rows)
    if not rows:
        output.note("No peers yet: isocenter peers --add NAME --ae-title TITLE --host HOST --port PORT")


def _knocking(output: Output, chosen: Configuration, *, json: bool) -> None:
    knocks = sorted(read_knocks(chosen.settings.data / "knocking.json"), key=lambda knock: -knock.last_at)
    if json:
        listed: list[dict[str, Any]] = [{**asdict(knock), "remedy": knock.remedy} for knock in knocks]
        output.json(listed)
        return
    for knock in knocks:
        last = datetime.fromtimestamp(knock.last_at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        output.line(
            f"{knock.calling_ae_title} at {knock.address} called {knock.called_ae_title}: {knock.reason} "
            f"({knock.times} times, last {last} UTC)"
        )
        if knock.near_miss:
            output.line(f"  nearly the known peer {knock.near_miss}")
        output.line(f"  to admit it: {knock.remedy}")
    if not knocks:
        output.note("Nobody was turned away.")
