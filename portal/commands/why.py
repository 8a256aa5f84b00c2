"""flask why: which consent shows something to a relative, or which condition keeps it from them."""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext


@click.command("why")
@click.argument("email")
@click.argument("kind", type=click.Choice(["schedule", "booking", "update", "person"]))
@click.argument("ref")
@with_appcontext
def command(email: str, kind: str, ref: str) -> None:
    """Say why the relative with EMAIL sees, or does not see, one thing.

    REF is its own label, the id it was imported under, or the label in the relative's own links. Words, with
    what would mend each condition that fails, go to standard error; JSON with every condition of every consent
    to standard output.
    """
    from portal.exchange.why import NoSuchRow, why

    try:
        answer = why(email, kind, ref)
    except NoSuchRow as nothing:
        raise click.ClickException(str(nothing)) from None
    click.echo(answer["words"], err=True)
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
