"""The portal as it would be if a session were booked first and its mail queued afterwards, each for good at once."""

from typing import Any

from portal import create_app
from portal.db import session
from portal.emails import outbox

in_one_step = outbox.queue


def queue(*args: Any, **more: Any) -> Any:
    session().commit()
    return in_one_step(*args, **more)


outbox.queue = queue
app: Any = create_app()
