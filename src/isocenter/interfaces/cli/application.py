"""The program ``isocenter``: its commands, and what becomes of errors."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from isocenter import __version__
from isocenter.errors import IsocenterError
from isocenter.interfaces.cli.commands import (
    configure,
    exceptions,
    find,
    get,
    history,
    import_files,
    maintain,
    peers,
    samples,
    send,
    serve,
    show,
)
from isocenter.interfaces.cli.composition import Composition
from isocenter.interfaces.cli.session import Session

__all__ = ["application", "run"]

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""


def _root(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Receive, keep, find, send and show medical images."""
    if version:
        sys.stdout.write(f"isocenter {__version__}\n")
        raise typer.Exit


def application() -> typer.Typer:
    """Assemble the program."""
    app = typer.Typer(
        name="isocenter",
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_root)
    app.command("serve")(serve.serve)
    app.command("import")(import_files.import_files)
    app.command("samples")(samples.samples)
    app.command("find")(find.find)
    app.command("get")(get.get)
    app.command("send")(send.send)
    app.command("echo")(peers.echo)
    app.command("peers")(peers.peers)
    app.command("show")(show.show)
    app.command("history")(history.history)
    app.command("exceptions")(exceptions.exceptions)
    app.command("fsck")(maintain.fsck)
    app.command("verify")(maintain.verify)
    app.command("reindex")(maintain.reindex)
    app.command("config")(configure.config)
    return app


def run(composition: Composition, arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 for success, 1 with one sentence on what went wrong, 2 for wrong usage."""
    session = Session(composition)
    command = typer.main.get_command(application())
    try:
        command.main(args=None if arguments is None else list(arguments), prog_name="isocenter", obj=session)
    except SystemExit as exited:
        if exited.code == INTERRUPTED:
            session.output.note("Interrupted; what was done until then stays done.")
        raise
    except IsocenterError as error:
        session.output.error(str(error))
        sys.exit(1)
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        session.output.error(f"{named}{error.strerror or error}.")
        sys.exit(1)
