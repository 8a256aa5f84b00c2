"""flask import-guides: guides written as Markdown files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from portal.commands import progress
from portal.db import commit


@click.command("import-guides")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@with_appcontext
def command(folder: Path) -> None:
    """Load the guides in FOLDER: files LANGUAGE/NAME.md with front matter. Safe to repeat.

    All of them or nothing. Prints how many were created, updated, unchanged and kept. Kept: the clinic wrote this
    guide itself or took it down; that stands, and a new text waits on the staff's page of guides. Courses are
    read from courses.toml in FOLDER, if it is there, and counted apart.
    """
    from portal.services import course_loading, guide_loading
    from portal.services.guide_files import BadGuide

    if not any(folder.glob("*/*.md")):
        raise click.ClickException(f"There is no LANGUAGE/NAME.md in {folder}. Nothing was stored.")
    try:
        with progress.bar() as watch:
            counts: dict[str, Any] = guide_loading.load(folder, watch)
            if (folder / course_loading.FILE).exists():
                counts["courses"] = course_loading.load(folder)
            commit()
    except BadGuide as wrong:
        raise click.ClickException(f"{wrong}. Nothing was stored.") from None
    click.echo(json.dumps(counts))
