"""flask sees: everything one relative can see now."""

from __future__ import annotations

import datetime as dt
import json

import click
from flask.cli import with_appcontext

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("sees")
@click.argument("email")
@click.option("--from", "first", type=DAY, metavar="DATE", help="Leave out what is before this day.")
@click.option("--to", "last", type=DAY, metavar="DATE", help="Leave out what is after this day.")
@with_appcontext
def command(email: str, first: dt.datetime | None, last: dt.datetime | None) -> None:
    """Print as JSON all that the relative with EMAIL can see at this moment.

    Read through the same classes as the pages. Counts as no look. Somebody unknown and somebody
    nothing is shared with look the same.
    """
    from portal.exchange.sees import sees

    answer = sees(email, first.date() if first else None, last.date() if last else None)
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
