"""A digest day: one email to each of many relatives, against the mail server's own rate over one reused connection.

`python -m tests.bench.digest` prints JSON with both raw numbers and their ratio; with `--help`, what it can be asked.
The mail server is a process of its own, and the same for both; before and after the postmen it is given the same
number of letters, each as long as theirs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import and_, func, insert, select, update

from portal import create_app
from portal.config import Settings
from portal.db import db, reading
from portal.emails import delivery
from portal.emails.as_sent import as_sent
from portal.emails.letters import About
from portal.emails.messages import MESSAGES
from portal.emails.recipients import of_account
from portal.models import (
    Account,
    Consent,
    EmailLevel,
    FamilyUpdate,
    OutgoingEmail,
    RelatedPerson,
    Relative,
    ScheduleChange,
    ScheduleEntry,
    WeeklyList,
)
from tests.bench.data import Size, build
from tests.bench.mail_server import mail_server
from tests.bench.segments import Segments

RELATIVES = 10_000


def measure(
    url: str, keeps_in: Path | None, relatives: int = RELATIVES, postmen: int = 2, message: str = "weekly_list"
) -> dict[str, Any]:
    """Mails per second, wall clock and CPU time: each composed as its reader, permission asked again, recorded."""
    build(url, Size(relatives * 2 // 3, 2, 1, 2))  # a fifth of them stopped
    with mail_server(keeps_in) as server:
        port, pid = server.port, server.pid
        app = create_app(_settings(url, port))
        with app.app_context():
            queued = _queue(message, relatives)
            sample = _sample(message)
            db.engine.dispose()
        cpu = [_cpu_of(pid)]
        rounds = [_straight(port, sample, queued)]
        cpu.append(_cpu_of(pid))
        ours = _ours(url, port, postmen)
        cpu.append(_cpu_of(pid))
        rounds.append(_straight(port, sample, queued))
        _check(app, queued)
        kept = len(list((keeps_in / "new").iterdir())) if keeps_in else None
        assert kept in (None, 3 * queued), f"the mail server kept {kept} letters"
    floor_ms = 1000 * (rounds[0].cpu + cpu[1] - cpu[0]) / queued
    ours_ms = 1000 * (ours["cpu"] + cpu[2] - cpu[1]) / queued
    floor = queued / statistics.mean(one.seconds for one in rounds)
    rate = queued / ours["seconds"]
    return {
        "ratio": round(rate / floor, 3), "of": "portal (all postmen) ÷ SMTP (one connection)",
        "portal": round(rate), "SMTP": round(floor),
        "unit": "mails/s", "letters": queued, "bytes": len(sample), "postmen": postmen, "message": message,
        "cpu_ratio": round(floor_ms / ours_ms, 3),
        "portal_cpu_ms": round(ours_ms, 3), "SMTP_cpu_ms": round(floor_ms, 3),
        "portal_cpu_ms_by_part": ours["parts"],
        "memory_mb": ours["memory"],
        "database": url.partition(":")[0], "mail_server": "keeps each letter" if keeps_in else "keeps nothing",
    }  # fmt: skip


def _settings(url: str, port: int) -> Settings:
    return Settings(mode="test", database_url=url, smtp_url=f"smtp://127.0.0.1:{port}")


def _queue(message: str, most: int) -> int:
    now = dt.datetime.now(dt.UTC)
    with reading(), db.sessionmaker() as session:
        latest = func.max(FamilyUpdate.id).label("id")
        newest = select(latest, FamilyUpdate.patient_id).group_by(FamilyUpdate.patient_id).subquery()
        asked = (
            select(Relative.account_id, func.min(RelatedPerson.patient_id), func.min(newest.c.id))
            .join(RelatedPerson, RelatedPerson.relative_id == Relative.id)
            .join(newest, newest.c.patient_id == RelatedPerson.patient_id)
            .join(Consent, and_(Consent.related_person_id == RelatedPerson.id, Consent.stopped_at.is_(None)))
            .join(Account, and_(Account.id == Relative.account_id, Account.email.like("r%@example.net")))
            .group_by(Relative.account_id)
            .limit(most)
        )
        pairs = session.execute(asked).all()
    about = {a: (p, u) for a, p, u in pairs} if message != "weekly_list" else _lists([a for a, *_ in pairs], now)
    rows = [
        {"message": message, "account_id": a, "patient_id": p, "about_id": u, "queued_at": now, "due_at": now}
        for a, (p, u) in about.items()
    ]
    with db.sessionmaker.begin() as session:
        session.execute(insert(OutgoingEmail), rows)
        session.execute(update(Account).values(quiet_from=None, quiet_until=None))  # whatever the hour is
    return len(rows)


def _lists(accounts: list[int], now: dt.datetime) -> dict[int, tuple[None, int]]:
    """A weekly list for each account: updates are new, times have changed, and every second may hear the next."""
    chose = {"weekly_day": now.weekday(), "weekly_since": now - dt.timedelta(days=7)}
    with db.sessionmaker.begin() as session:
        session.execute(insert(ScheduleChange).values(id=1_000_000, made_at=now - dt.timedelta(days=1)))
        tomorrow = now + dt.timedelta(days=1)
        session.execute(update(ScheduleEntry).where(ScheduleEntry.starts_at > tomorrow).values(change_id=1_000_000))
        session.execute(update(Account).values(**chose))
        session.execute(update(Account).where(Account.id % 2 == 0).values(wants_email=EmailLevel.TIMES))
        session.execute(update(Consent).values(email_level=EmailLevel.TIMES))
        lists = [{"account_id": a, "on_day": now.date(), "until": now} for a in accounts]
        session.execute(insert(WeeklyList), lists)
        return {a: (None, list_id) for a, list_id in session.execute(select(WeeklyList.account_id, WeeklyList.id))}


def _sample(message: str) -> bytes:
    with reading(), db.sessionmaker() as session:
        row = session.scalars(select(OutgoingEmail).where(OutgoingEmail.ended_at.is_(None)).limit(1)).one()
        to = of_account(session.get_one(Account, row.account_id))
        about, message_id = About(message, row.patient_id, row.about_id, row.queued_at), row.message_id
    return as_sent(MESSAGES[message](to, about), message_id)


@dataclass(frozen=True)
class Took:
    seconds: float
    cpu: float


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _straight(port: int, letter: bytes, many: int) -> Took:
    begin, cpu = time.perf_counter(), time.process_time()
    with smtplib.SMTP("127.0.0.1", port) as host:
        for _ in range(many):
            host.sendmail("no-reply@127.0.0.1", ["dana@example.org"], letter)
    return Took(time.perf_counter() - begin, time.process_time() - cpu)


def _ours(url: str, port: int, postmen: int) -> dict[str, Any]:
    """Postmen in processes of their own, started before the clock is."""
    one = [sys.executable, "-m", "tests.bench.digest", "--postman", url, str(port)]
    running = [subprocess.Popen(one, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(postmen)]
    for process in running:
        assert process.stdout
        process.stdout.readline()
    begin = time.perf_counter()
    _tell(running)
    answers = [process.communicate()[0] for process in running]
    seconds = time.perf_counter() - begin
    found = [json.loads(answer) for answer in answers]
    return {
        "seconds": seconds,
        "cpu": sum(one["cpu"] for one in found),
        "memory": max(one["memory"] for one in found),
        "parts": found[0]["parts"],
    }


def _tell(running: list[subprocess.Popen[str]]) -> None:
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()


def _be_a_postman(url: str, port: int) -> None:
    import resource

    app: Flask = create_app(_settings(url, port))
    with app.app_context():
        db.engine.connect().close()
        segments = Segments()
        print("ready", flush=True)
        sys.stdin.readline()
        begin = time.process_time()
        sent = delivery.deliver()["sent"]
        cpu = time.process_time() - begin
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"cpu": cpu, "memory": memory, "parts": segments.in_ms(sent or 1)}), flush=True)


def _check(app: Flask, queued: int) -> None:
    with app.app_context(), reading(), db.sessionmaker() as session:
        counts = session.execute(
            select(OutgoingEmail.outcome, OutgoingEmail.reason, func.count()).group_by(
                OutgoingEmail.outcome, OutgoingEmail.reason
            )
        )
        found = {(row[0], row[1]): row[2] for row in counts}
        attempts = session.scalar(select(func.max(OutgoingEmail.attempts)))
    if found.get(("sent", None), 0) < queued or attempts != 1:
        raise SystemExit(f"not every letter left, once: {found}")


def main() -> None:
    if sys.argv[1:2] == ["--postman"]:
        _be_a_postman(sys.argv[2], int(sys.argv[3]))
        return
    asked = argparse.ArgumentParser(prog="python -m tests.bench.digest", description=__doc__.splitlines()[0])
    asked.add_argument("--relatives", type=int, default=RELATIVES)
    asked.add_argument("--postmen", type=int, default=2)
    asked.add_argument("--message", choices=("weekly_list", "update_posted"), default="weekly_list")
    asked.add_argument("--url", help="an empty database; without it SQLite in a folder of its own")
    asked.add_argument("--keeps-nothing", action="store_true", help="a mail server that keeps no letter")
    how = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        keeps_in = None if how.keeps_nothing else Path(folder) / "letters"
        url = how.url or f"sqlite:///{folder}/digest.db"
        found = measure(url, keeps_in, how.relatives, how.postmen, how.message)
    print(json.dumps({**found, "cores": os.cpu_count()}, indent=2))


if __name__ == "__main__":
    main()
