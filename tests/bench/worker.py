"""One process that answers one kind of page again and again and says how much CPU time that took.

`portal` is the portal. `by_id` is the same with the rows of the shared classes chosen by their ids
instead of by consent. `floor` is the same base template and number of bytes with as many indexed
queries by plain SQLAlchemy, without sign-in and without consent.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

from sqlalchemy import event, select

AGENT = "the benchmark"
FLOOR = "{% extends 'base.html' %}{% block title %}Floor{% endblock %}{% block content %}{{ filler }}{% endblock %}"


def choose_rows_by_id() -> None:
    """Build the shared classes on ids that were looked up before, so that the gate costs nothing."""
    from portal.consent import live
    from portal.consent.viewer import THE_RELATIVE
    from portal.models import ConsentScope, RelatedPerson

    ids: dict[str, Any] = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))

    def rows(*columns: object) -> Any:
        return live.joined(*columns).where(
            RelatedPerson.relative_id == THE_RELATIVE, ConsentScope.id.in_(ids["consent_scopes"])
        )

    live.of_the_viewer = rows
    live.patients_sharing = lambda scope: ids["patients"][scope]
    live.patients_and_scopes = lambda scopes: [tuple(pair) for pair in ids["pairs"]]


class Worker:
    """The application of one variant, and Dana's cookie."""

    def __init__(self, variant: str, url: str) -> None:
        from portal import create_app
        from portal.config import Settings

        self.statements = 0
        self.floors: dict[str, tuple[int, int]] = {}
        self.app = create_app(Settings(mode="test", database_url=url))
        self.app.add_url_rule("/floor/<name>", "floor", self.serve_floor)
        with self.app.app_context():
            from portal.db import db

            self.engine = db.engine
        event.listen(self.engine, "before_cursor_execute", self._count)
        self.cookie = self._sign_in() if variant != "floor" else ""

    def _count(self, *_: Any) -> None:
        self.statements += 1

    def _sign_in(self) -> str:
        from flask import g
        from flask_login.utils import _create_identifier

        from portal.cast import DANA
        from portal.db import db
        from portal.models import Account

        with self.app.app_context():
            g.reading = True
            uniquifier = db.session.scalars(select(Account.fs_uniquifier).where(Account.email == DANA.email)).one()
        client = self.app.test_client()
        with self.app.test_request_context(headers={"User-Agent": AGENT}, environ_base={"REMOTE_ADDR": "127.0.0.1"}):
            identifier = _create_identifier()
        with client.session_transaction() as cookie:
            cookie.update({"_user_id": uniquifier, "_fresh": True, "_id": identifier})
        return f"portal={client.get_cookie('portal').value}"

    def get(self, path: str) -> bytes:
        environ: dict[str, Any] = {"REMOTE_ADDR": "127.0.0.1"}
        setup_testing_defaults(environ)
        environ.update(PATH_INFO=path, HTTP_COOKIE=self.cookie, HTTP_USER_AGENT=AGENT)
        status: list[str] = []
        answer = self.app.wsgi_app(environ, lambda line, headers, *_: status.append(line))
        body = b"".join(answer)
        getattr(answer, "close", lambda: None)()
        assert status[0].startswith("200"), f"{path} answered {status[0]}"
        return body

    def add_floor(self, name: str, size: int, statements: int) -> None:
        """Have `/floor/name` serve a page of `size` bytes after `statements` indexed queries."""
        self.floors[name] = (0, statements)
        self.floors[name] = (max(0, size - len(self.get(f"/floor/{name}"))), statements)

    def serve_floor(self, name: str) -> str:
        from flask import render_template_string
        from sqlalchemy.orm import Session

        from portal.models import FamilyUpdate, ScheduleEntry

        filler, statements = self.floors[name]
        with Session(self.engine) as session:
            for n in range(statements):
                table = (FamilyUpdate, ScheduleEntry)[n % 2].__table__
                session.execute(select(table).where(table.c.id.between(n * 10 + 1, n * 10 + 10))).all()
        return render_template_string(FLOOR, filler="x" * filler)


def cpu(backend: Any) -> float:
    """CPU seconds of this process and of its database server's processes."""
    used = time.process_time()
    if backend is not None:
        used += sum(sum(one.cpu_times()[:2]) for one in [backend, *backend.children(recursive=True)])
    return used


def main() -> None:
    variant, url = sys.argv[1:3]
    if variant == "by_id":
        choose_rows_by_id()
    worker = Worker(variant, url)
    backend = None
    for line in sys.stdin:
        order = json.loads(line)
        match order["do"]:
            case "watch":
                import psutil

                backend = psutil.Process(order["pid"])
                answer: Any = None
            case "look":
                worker.get(order["path"])
                worker.statements = 0
                body = worker.get(order["path"])
                answer = {"bytes": len(body), "statements": worker.statements, "html": body.decode()}
            case "floor":
                worker.add_floor(order["name"], order["bytes"], order["statements"])
                answer = None
            case "run":
                before = cpu(backend)
                for _ in range(order["times"]):
                    worker.get(order["path"])
                answer = (cpu(backend) - before) * 1000 / order["times"]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
