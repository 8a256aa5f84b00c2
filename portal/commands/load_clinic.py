"""flask load-clinic: the clinic, its programs, staff, free hours and closures from a TOML file."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import with_appcontext


@click.command("load-clinic")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def command(file: Path) -> None:
    """Load the clinic in FILE (TOML), all of it or nothing, and the guides that come with the portal.

    Safe to repeat: free hours, overrides and closures become what the file says. Staff it does not
    name are left alone; to close somebody's doors, give them roles = []. Prints a JSON summary.
    """
    from portal.exchange import clinic_file, clinic_load

    try:
        summary = clinic_load.load(clinic_file.read(file.read_bytes()))
    except clinic_file.BadClinicFile as wrong:
        raise click.ClickException(f"{wrong} Nothing was stored.") from None
    click.echo(json.dumps(summary.as_json(), indent=2, ensure_ascii=False))
