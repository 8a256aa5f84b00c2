"""`make bench`: prints one JSON object of ratios, each with both raw numbers, the data size and the machine."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from portal.cast import DANA
from portal.consent.live import LIVE, joined
from portal.models import Account, ConsentScope, RelatedPerson, Relative
from tests.bench import digest, month, search, weight
from tests.bench.data import SIZES, Size, build
from tests.bench.process import Process, ratio, side_by_side
from tests.postgres import Postgres

PAGES = {"home_page": "/home", "schedule_page": "/schedule", "updates_page": "/updates"}

LISTS = 2_000


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "clinic"
    if name not in SIZES:
        raise SystemExit(f"SIZE={name} is none of {', '.join(SIZES)}")
    result: dict[str, Any] = {
        "size": name,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "unit": "CPU ms per answer, application and database, unless said",
    }
    with tempfile.TemporaryDirectory() as folder:
        result["sqlite"] = _pages(f"sqlite:///{folder}/bench.db", SIZES[name], Path(folder), None)
        result["sqlite"]["month_page"] = month.measure([f"sqlite:///{folder}/month{n}.db" for n in month.PATIENTS])
        result["sqlite"]["search"] = search.measure([f"sqlite:///{folder}/library{n}.db" for n in search.GUIDES])
        result["sqlite"]["digest"] = digest.measure(f"sqlite:///{folder}/digest.db", Path(folder) / "letters", LISTS)
        with _postgres(Path(folder)) as (server, pid):
            result["postgresql"] = _pages(server.url(server.create("bench")), SIZES[name], Path(folder), pid)
            urls = [server.url(server.create(f"month{n}")) for n in month.PATIENTS]
            result["postgresql"]["month_page"] = month.measure(urls, pid)
            urls = [server.url(server.create(f"library{n}")) for n in search.GUIDES]
            in_both = (server.url(server.create("digest")), Path(folder) / "letters on PostgreSQL")
            result["postgresql"]["digest"] = digest.measure(*in_both, LISTS)
            result["postgresql"]["search"] = search.measure(urls, pid)
        result["weight"] = weight.measure(result["sqlite"].pop("home_html"))
        result["postgresql"].pop("home_html")
    print(json.dumps(result, indent=2))


@contextmanager
def _postgres(folder: Path) -> Iterator[tuple[Postgres, int]]:
    server = Postgres.start(folder / "postgres")
    try:
        yield server, server.pid
    finally:
        server.stop()


def _pages(url: str, size: Size, folder: Path, pid: int | None) -> dict[str, Any]:
    rows = build(url, size)
    ids = folder / "ids.json"
    ids.write_text(json.dumps(_what_dana_sees(url)), encoding="utf-8")
    with ExitStack() as stack:
        portal, by_id, floor = (Process(kind, url, str(ids)) for kind in ("portal", "by_id", "floor"))
        for process in (portal, by_id, floor):
            stack.callback(process.end)
            if pid:
                process.order("watch", pid=pid)
        looks = {page: portal.order("look", path=path) for page, path in PAGES.items()}
        for page in PAGES:
            floor.order("floor", name=page, bytes=looks[page]["bytes"], statements=looks[page]["statements"])
        answer: dict[str, Any] = {"rows": sum(rows.values()), "home_html": looks["home_page"]["html"]}
        for page, path in PAGES.items():
            times = side_by_side({"portal": (portal, path), "floor": (floor, f"/floor/{page}"), "by_id": (by_id, path)})
            answer[page] = ratio("floor ÷ portal", times["floor"], times["portal"]) | {
                "statements": looks[page]["statements"], "bytes": looks[page]["bytes"],
            }  # fmt: skip
            answer[f"gate_{page.removesuffix('_page')}"] = ratio(
                "portal ÷ by id", times["portal"], times["by_id"], paired=True
            )
        return answer


def _what_dana_sees(url: str) -> dict[str, Any]:
    """The ids that the gate would find, for the variant that is spared the search."""
    from flask import g

    from portal import create_app
    from portal.config import Settings
    from portal.db import db

    app = create_app(Settings(mode="test", database_url=url))
    with app.app_context():
        g.reading = True
        found = db.session.execute(
            joined(ConsentScope.id, RelatedPerson.patient_id, ConsentScope.scope)
            .join(Relative, Relative.id == RelatedPerson.relative_id)
            .join(Account, Account.id == Relative.account_id)
            .where(Account.email == DANA.email, LIVE)
        ).all()
        db.session.close()
        db.engine.dispose()
    patients: dict[str, list[int]] = {}
    for _, patient_id, scope in found:
        patients.setdefault(scope, []).append(patient_id)
    return {
        "consent_scopes": [id_ for id_, _, _ in found],
        "patients": {scope: patients.get(scope, []) for scope in ("times", "family", "going", "plan", "leave")},
        "pairs": [(patient_id, scope) for _, patient_id, scope in found if scope in ("going", "plan", "leave")],
    }


if __name__ == "__main__":
    main()
