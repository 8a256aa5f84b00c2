"""flask deliver: the postman, for one pass or until told to stop."""

from __future__ import annotations

import json
import signal
import threading
from itertools import repeat

import click
from flask import current_app
from flask.cli import with_appcontext

from portal import tasks
from portal.commands import progress
from portal.emails import claims, delivery
from portal.services import endings, update_plans, weekly_lists


@click.command("deliver")
@click.option("--once", is_flag=True, help="Make one pass over everything that is due and print what came of it.")
@with_appcontext
def command(once: bool) -> None:
    """Deliver email: with --once everything that is due now, without it until told to stop."""
    if not current_app.config["MAIL_SERVER"]:
        click.echo("PORTAL_SMTP_URL is not set: email waits in the outbox.", err=True)
    if once:
        endings.queue_due()
        update_plans.tell_due()
        weekly_lists.queue_due()
        with progress.bar("Delivering", "Done") as watch:
            letters = iter(watch(repeat(None), claims.count_due()))
            counts = delivery.deliver(each=lambda: next(letters))
        click.echo(json.dumps(counts))
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # From a thread: the signal may come while this one holds the event's own lock.
        signal.signal(number, lambda *_: threading.Thread(target=stop.set).start())
    tasks.serve(current_app._get_current_object(), stop)  # type: ignore[attr-defined]
