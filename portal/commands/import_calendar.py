"""flask import-calendar: the timetable of a program or of one patient out of another calendar."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask.cli import with_appcontext

from portal.commands.progress import bar

if TYPE_CHECKING:
    from portal.exchange.calendar_import import CalendarSummary

KINDS = ("group", "individual", "class", "family")


@click.command("import-calendar")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--program", default="", metavar="NAME", help="Whose timetable it is: a program’s.")
@click.option("--person", default="", metavar="ID", help="Whose timetable it is: one patient’s, as in export-fhir.")
@click.option(
    "--kind", type=click.Choice(KINDS), help="What its events are. Usually group, or individual for a person."
)
@click.option("--source", metavar="WORD", help="Tells calendars of one timetable apart. Usually the kind.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and store nothing.")
@click.option("--yes", is_flag=True, help="Do not ask, also on a terminal.")
@with_appcontext
def command(
    file: Path, program: str, person: str, kind: str | None, source: str | None, dry_run: bool, yes: bool
) -> None:
    """Import FILE, an export of Google Calendar, Outlook or Apple Calendar, all of it or nothing.

    Only times, places and kinds are kept. An event in the category group, individual, class or family is of that
    kind, all others of --kind. What sounds like a medication visit or a drug test is left out.

    The same source again updates what it brought before, and what it has no more is cancelled; what is over stays.
    Prints a JSON summary. On a terminal it shows first what would be done, and asks.
    """
    from portal import clinic
    from portal.db import reading
    from portal.exchange import calendar_import, calendar_read
    from portal.exchange.calendar_lines import BadCalendar
    from portal.exchange.calendar_targets import Target

    if bool(program) == bool(person):
        raise click.UsageError("Name either --program or --person.")
    kind = kind or ("group" if program else "individual")
    target = Target(source=source or kind, program=program, person=person)
    try:
        with bar() as watch, reading():
            calendar = calendar_read.read(file.read_bytes(), clinic.zone(), clinic.today(), watch)
        if dry_run or (on_a_terminal() and not yes):
            _show(calendar_import.take_in(calendar, target, kind, dry_run=True))
            if dry_run or not click.confirm("This would be done. Do it?", err=True):
                return
        with bar():
            summary = calendar_import.take_in(calendar, target, kind)
    except BadCalendar as wrong:
        raise click.ClickException(f"{wrong} Nothing was stored.") from None
    _show(summary)


def on_a_terminal() -> bool:
    return sys.stdin.isatty()


def _show(summary: CalendarSummary) -> None:
    click.echo(json.dumps(summary.as_json(), indent=2, ensure_ascii=False))
