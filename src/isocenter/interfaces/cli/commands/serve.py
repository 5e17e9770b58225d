"""``isocenter serve``."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated

import typer

from isocenter.interfaces.cli.composition import RunningServer
from isocenter.interfaces.cli.configuration import ConfigOption, DataOption, configuration
from isocenter.interfaces.cli.session import session
from isocenter.settings import Settings

__all__ = ["announcement", "serve"]


def serve(
    context: typer.Context,
    data: DataOption = None,
    dicom_port: Annotated[
        int | None, typer.Option("--dicom-port", metavar="PORT", help="DICOM port; 0 picks a free one.")
    ] = None,
    http_port: Annotated[
        int | None, typer.Option("--http-port", metavar="PORT", help="Web port; 0 picks a free one.")
    ] = None,
    ae_title: Annotated[str | None, typer.Option("--ae-title", metavar="TITLE", help="Our AE title.")] = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="Address that the DICOM port listens on.")
    ] = None,
    accept_any_ae: Annotated[
        bool, typer.Option("--accept-any-ae", help="Let in callers that no peer names. Only on a closed network.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Run the server: DICOM, DICOMweb under /dicomweb, a status page. Ends on Ctrl-C or SIGTERM."""
    at = session(context)
    settings = configuration(
        data,
        config,
        {
            "dimse": {
                "host": host,
                "port": dicom_port,
                "ae_title": ae_title,
                "accept_any_ae": accept_any_ae or None,
            },
            "web": {"port": http_port},
        },
    ).settings

    def announce(server: RunningServer) -> None:
        for line in announcement(settings, server.dimse.port, server.web.port):
            at.output.line(line)

    at.composition.serve(settings, announce)


def announcement(settings: Settings, dicom_port: int, http_port: int) -> list[str]:
    """Say in plain words what is open and to whom."""
    dimse, web = settings.dimse, settings.web
    titles = ", ".join((dimse.ae_title, *dimse.other_ae_titles))
    return [
        f"Isocenter keeps its data in {_absolute(settings.data)}.",
        f"DICOM: {dimse.ae_title} on {_address(dimse.host, dicom_port)}, reached from {_reach(dimse.host)}.",
        f"  It answers to {titles} and lets in {_callers(settings)}.",
        f"Web: http://{_address(web.host, http_port)}/ with DICOMweb under /dicomweb, reached from {_reach(web.host)};",
        "  no login: whoever can use this machine can read everything.",
    ]


def _callers(settings: Settings) -> str:
    if settings.dimse.accept_any_ae:
        return "every caller, whatever its AE title (--accept-any-ae)"
    titles = ", ".join(sorted(peer.ae_title for peer in settings.peers.values()))
    if not titles:
        return "nobody yet: name callers with `isocenter peers --add`; `isocenter peers --knocking` lists who tried"
    return f"the peers {titles}, and nobody else"


def _reach(host: str) -> str:
    if host == "localhost":
        return "this machine only"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"whatever network {host} is on"
    if address.is_loopback:
        return "this machine only"
    return "every network this machine is on" if address.is_unspecified else f"the network of {host}"


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _absolute(path: Path) -> Path:
    return path.absolute()
