"""flask import-fhir: a FHIR R4 bundle of patients, relatives, consents, sessions and updates."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.commands.progress import bar


@click.command("import-fhir")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be done, and store nothing.")
@with_appcontext
def command(file: Path, dry_run: bool) -> None:
    """Import the FHIR R4 Bundle in FILE, all of it or nothing.

    The same ids update what they brought before, so it is safe to repeat. Prints a JSON summary;
    what stands under needs_attention is not shown to anybody until somebody has looked at it.
    """
    from portal.exchange import fhir_import, fhir_read
    from portal.exchange.fhir_bundle import BadBundle

    try:
        with bar() as watch:
            bundle = fhir_read.read(file.read_bytes(), watch)
            summary = fhir_import.take_in(bundle, dry_run=dry_run)
    except BadBundle as wrong:
        raise click.ClickException(f"{wrong} Nothing was stored.") from None
    click.echo(json.dumps(summary.as_json(), indent=2, ensure_ascii=False))
