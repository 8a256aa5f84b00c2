"""flask export-guides: what families can read, as Markdown files."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.commands import progress


@click.command("export-guides")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Write over what is in FOLDER. Files of other names there stay.")
@with_appcontext
def command(folder: Path, force: bool) -> None:
    """Write every guide that families can read into FOLDER: files LANGUAGE/NAME.md with front matter.

    All of them or nothing. import-guides reads them again and finds nothing to change; at another clinic it makes
    the same library, and knows which words are the clinic's own. Drafts and older versions are not written.
    """
    from portal.db import reading
    from portal.services import guide_files

    if not force and folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty. Nothing was written. Add --force to write over it.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".guides-", dir=folder.parent) as aside:
            new = Path(aside) / "guides"
            new.mkdir()
            with progress.bar() as watch, reading():
                written = guide_files.export(new, watch)
            _put_in_place(new, folder)
    except OSError as refused:
        raise click.ClickException(f"{refused.filename}: {refused.strerror}.") from None
    click.echo(json.dumps({"written": written}))


def _put_in_place(new: Path, folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        new.replace(folder)  # all of it in one step
        return
    for file in sorted(new.glob("*/*.md")):
        to = folder / file.relative_to(new)
        to.parent.mkdir(parents=True, exist_ok=True)
        file.replace(to)  # whole, or not yet
