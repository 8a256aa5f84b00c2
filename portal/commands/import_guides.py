"""flask import-guides: guides written as Markdown files."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.db import commit


@click.command("import-guides")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@with_appcontext
def command(folder: Path) -> None:
    """Load the guides in FOLDER: files LANGUAGE/NAME.md with front matter. Safe to repeat.

    All of them or nothing. Prints how many were created, updated and unchanged.
    """
    from portal.services import guides

    if not any(folder.glob("*/*.md")):
        raise click.ClickException(f"There is no LANGUAGE/NAME.md in {folder}. Nothing was stored.")
    try:
        counts = guides.load(folder)
    except guides.BadGuide as wrong:
        raise click.ClickException(f"{wrong}. Nothing was stored.") from None
    commit()
    click.echo(json.dumps(counts))
