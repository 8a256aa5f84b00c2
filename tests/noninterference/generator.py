"""Small random worlds: a few patients and relatives, consents in every state, and rows in every table."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from portal.consent.scopes import DETAILS, Scope
from portal.models import Label
from tests.noninterference.values import any_value, token_hash, word
from tests.noninterference.world import SOFT_KEYS, TABLES, Row, World, at, points_at

Rng = random.Random

# A row of these belongs to one patient through two of its keys: any row would be one that no clinic has.
MAY_BE_EMPTY = {"hidden_session"}

# What lets something through, mostly, so that worlds are not all empty; the rest of the time any value.
SELDOM = 0.12
MOSTLY: dict[str, Any] = {
    "patient.paused_at": None,
    "patient.on_hold_since": None,
    "related_person.on_hold_since": None,
    "appointment.status": "confirmed",
    "appointment.held_until": None,
    "appointment_participant.says": "accepted",
    "waiting_list_entry.ended_at": None,
    "family_update.withdrawn_at": None,
    "schedule_entry.is_hidden": False,
    "outgoing_email.ended_at": None,
    "account.active": True,
    "free_hours_override.closed": False,
}


def random_world(rng: Rng, now: dt.datetime) -> World:
    """A world of its own, the same for the same random numbers."""
    return _Maker(rng, now).made()


class _Maker:
    def __init__(self, rng: Rng, now: dt.datetime) -> None:
        self.rng = rng
        self.now = now
        self.world: World = {name: [] for name in TABLES}

    def made(self) -> World:
        some = self.rng.randint
        self.add("clinic", id=1)
        self.several("program", 2)
        self.several("closure", 2)
        for role in ("coordinator", "therapist", "therapist"):
            self.add("staff_member", account_id=self.add("account")["id"], staff_roles=[role])
        for _ in range(some(2, 4)):
            account = self.add("account")["id"] if self.likely(0.7) else None
            left = self.likely(0.25) and self.moment(self.rng.choice((-1, 1)))
            self.add(
                "patient",
                account_id=account,
                adult_on=self.day(-900 if self.likely(0.8) else 300),
                discharged_at=left or None,
                shows_weeks=self.likely(0.7),
            )
        for _ in range(some(2, 4)):
            self.add("relative", account_id=self.add("account")["id"])
        self._consents()
        self._timetables()
        self._hidden_sessions()
        self._family_therapy()
        for relative in self.world["relative"]:
            if self.likely(0.7):
                self.add("calendar_feed", relative_id=relative["id"], token_hash=token_hash(relative["ref"]))
        for _ in range(some(7, 10)):
            self.add("family_update", published_at=self.moment(self.rng.choice((-20, -9, -2, -2, -1, -0.04, 0, 1))))
        self._classes()
        self.several("guide", 4, unique=("slug", "language"))
        self._mail()
        self.several("guide_progress", 3, unique=("account_id", "slug"))
        self.several("course", 1)
        self.several("course_finish", 2, unique=("account_id", "course"))
        self.several("email_stop", 3, unique=("account_id", "message"))
        for name in TABLES:  # whatever this file does not know about yet
            if not self.world[name] and name not in MAY_BE_EMPTY:
                self.several(name, 2)
        return self.world

    def _consents(self) -> None:
        for patient in self.world["patient"]:
            for relative in self.world["relative"]:
                if self.likely(0.8):
                    person = self.add(
                        "related_person",
                        patient_id=patient["id"],
                        relative_id=relative["id"],
                        accepted_at=self.mostly(self.moment(-6)),
                    )
                    for _ in range(self.rng.choice((0, 1, 1, 2))):
                        self._consent(patient, person)
        self.add("related_person", relative_id=None)

    def _consent(self, patient: Row, person: Row) -> None:
        """A consent to which nothing is wanting, and then, nearly as often as not, one thing that is."""
        consent = self.add(
            "consent",
            patient_id=patient["id"],
            related_person_id=person["id"],
            signed_at=self.moment(-7),
            starts_at=self.moment(-7),
            ends_at=self.moment(40),
            signed_on=self.day(-7),
            ends_on=self.day(39),
            stopped_at=None,
            not_usable_because=None,
            verified_at=self.moment(-7),
            invalid_since=None,
            ends_sooner_on=None,
            ends_sooner_at=None,
            lowered_email_level=None,
            representative_authority=None,
            parent_signer_name=word(self.rng) if patient["adult_on"] and patient["adult_on"] > self.day(0) else None,
        )
        scopes = self.rng.sample(list(Scope), self.rng.randint(1, 5))
        if self.likely(0.5):
            scopes = [one for one in scopes if one not in DETAILS] or [Scope.TIMES]
        boxes = [self.add("consent_scope", consent_id=consent["id"], scope=str(one), off_at=None) for one in scopes]
        yesterday, tomorrow = self.moment(-1), self.moment(1)
        if self.likely(0.35):
            self.rng.choice(boxes)["off_at"] = yesterday
        if self.likely(0.45):
            consent |= self.rng.choice(
                [
                    {"signed_at": None}, {"signed_at": tomorrow}, {"starts_at": tomorrow}, {"ends_at": yesterday},
                    {"ends_at": self.now}, {"stopped_at": yesterday}, {"purpose": ""}, {"signer_name": ""},
                    {"not_usable_because": "no signature"}, {"ends_with_program": True},
                    {"how_signed": "paper", "verified_at": None}, {"invalid_since": yesterday},
                    {"ends_sooner_at": yesterday}, {"representative_authority": ""},
                    {"parent_signer_name": None if consent["parent_signer_name"] else word(self.rng)},
                ]
            )  # fmt: skip

    def _timetables(self) -> None:
        self.several("timetable", 3)
        for patient in self.world["patient"]:
            for table in self.rng.sample(self.world["timetable"], self.rng.randint(0, 2)):
                self.add("timetable_member", patient_id=patient["id"], timetable_id=table["id"])
        for _ in range(2):
            self.add("series", count=None)
        self.several("schedule_change", 3)
        for n in range(10):
            starts_at = self.moment(self.rng.choice((-9, -6.5, -0.1, 0.3, 0.4, 1.4, 1.4, 9.4)))
            self.add(
                "schedule_entry",
                starts_at=starts_at,
                ends_at=at(starts_at, hours=self.rng.choice((1, 3))),
                recurrence_id=at(starts_at, minutes=n).replace(tzinfo=None),
            )

    def _hidden_sessions(self) -> None:
        for _ in range(5):
            on = self.rng.choice(self.world["timetable_member"] or [None])
            there = [row for row in self.world["schedule_entry"] if on and row["timetable_id"] == on["timetable_id"]]
            if not there:
                continue
            theirs = [one["id"] for one in self.world["related_person"] if one["patient_id"] == on["patient_id"]]
            row = {
                "entry_id": self.rng.choice(there)["id"], "patient_id": on["patient_id"],
                "related_person_id": self.rng.choice([None, *theirs]),
            }  # fmt: skip
            self.several("hidden_session", 1, unique=tuple(row), **row)

    def _family_therapy(self) -> None:
        for staff in self.world["staff_member"][1:]:
            self.add("family_session_terms", staff_id=staff["id"])
            for weekday in range(7):
                self.add(
                    "free_hours",
                    staff_id=staff["id"],
                    weekday=weekday,
                    from_minute=self.rng.choice((840, 900)),
                    to_minute=self.rng.choice((1080, 1140)),
                )
            self.several("free_hours_override", 1, staff_id=staff["id"])
        self.several("care_team_member", 2, unique=("patient_id", "staff_id"))
        therapists = self.world["family_session_terms"]
        for _ in range(5):
            self.add(
                "waiting_list_entry",
                staff_id=self.rng.choice(therapists)["staff_id"],
                until_on=self.day(self.rng.choice((-1, 0, 3, 20))),
            )
        moments = (-8.5, -6.5, -0.01, 0.3, 0.8, 1.3, 2.3, 5.3, 8.3, 12.3)
        for days in self.rng.sample(moments, 8):
            appointment = self._appointment(days, self.rng.choice(("confirmed", "confirmed", "pending", "cancelled")))
            for relative in self.rng.sample(self.world["relative"], self.rng.choice((1, 1, 2))):
                left = self.likely(0.25)
                begun = self.moment(self.rng.choice((days, 3.3)))
                self.add(
                    "appointment_participant",
                    appointment_id=appointment["id"],
                    relative_id=relative["id"],
                    left_at=self.moment(-1) if left else None,
                    left_starts_at=begun if left else None,
                    left_ends_at=at(begun, minutes=50) if left else None,
                    left_sequence=self.rng.randrange(9) if left or self.likely(0.2) else None,
                )
        for days in self.rng.sample((1.6, 3.6, 4.3, 6.3, 7.3), 4):
            self._appointment(days, "proposed", held_until=self.moment(self.rng.choice((-0.01, 0.01, 1, 1))))

    def _appointment(self, days: float, status: str, held_until: dt.datetime | None = None) -> Row:
        starts_at = self.moment(days)
        return self.add(
            "appointment",
            starts_at=starts_at,
            ends_at=at(starts_at, minutes=50),
            busy_until=at(starts_at, minutes=60),
            status=status,
            held_until=held_until,
        )

    def _classes(self) -> None:
        for _ in range(3):
            one = self.add("family_class", starts_on=self.day(self.rng.choice((-60, -3, 2, 5))))
            coming = self.rng.sample(self.world["account"], self.rng.randint(0, min(3, one["capacity"])))
            for seat, account in enumerate(coming, 1):
                self.add("family_class_place", class_id=one["id"], account_id=account["id"], seat=seat)

    def _mail(self) -> None:
        for relative in self.world["relative"]:
            until = self.moment(self.rng.choice((-1, 0)))
            self.add("weekly_list", account_id=relative["account_id"], on_day=self.day(0), until=until)
        for relative in self.world["relative"]:
            for message, table in (
                ("update_posted", "family_update"), ("update_posted", "family_update"),
                ("booking_confirmed", "appointment"), ("booking_cancelled", "appointment"),
                ("booking_asked", "appointment"), ("booking_moved", "appointment"), ("time_opened", "appointment"),
                ("schedule_changed", "schedule_change"), ("schedule_changed", "schedule_change"),
                ("weekly_list", "weekly_list"),
            ):  # fmt: skip
                mine = [row for row in self.world[table] if row.get("account_id") in (None, relative["account_id"])]
                about = self.rng.choice(mine)
                self.add(
                    "outgoing_email",
                    account_id=relative["account_id"],
                    patient_id=about.get("patient_id") or self.rng.choice(self.world["patient"])["id"],
                    about_id=about["id"],
                    message=message,
                )
        self.several("record_entry", 3)
        for _ in range(8):
            about = self.rng.choice(self.world["family_update"])
            self.add(
                "record_entry",
                act="looked",
                what=about["scope"] or "going",
                thing_id=about["id"],
                patient_id=about["patient_id"],
                at=self.moment(self.rng.choice((-1, -2, -20))),
            )

    # One row

    def add(self, name: str, **fixed: Any) -> Row:
        row = self.row(name, **fixed)
        self.world[name].append(row)
        return row

    def several(self, name: str, count: int, unique: tuple[str, ...] = (), **fixed: Any) -> None:
        for _ in range(count):
            row = self.row(name, **fixed)
            taken = [tuple(other[n] for n in unique) for other in self.world[name]]
            if not unique or tuple(row[n] for n in unique) not in taken:
                self.world[name].append(row)

    def row(self, name: str, **fixed: Any) -> Row:
        row: Row = {}
        for column in TABLES[name].columns:
            if column.name in fixed:
                row[column.name] = fixed[column.name]
            elif (name, column.name) in SOFT_KEYS:
                row[column.name] = None
            elif column.name == "id" and column.info["label"] == Label.KEY:
                row["id"] = max((other["id"] for other in self.world[name]), default=0) + 1
            elif (target := points_at(column)) is not None:
                there = [other[target.name] for other in self.world[target.table.name]]
                row[column.name] = self.rng.choice(there) if there and self.likely(0.9) else None
                if row[column.name] is None and not column.nullable:
                    row[column.name] = self.rng.choice(there)
            else:
                plain = MOSTLY.get(f"{name}.{column.name}", ...)
                any_ = any_value(column, self.rng, self.now)
                row[column.name] = any_ if plain is ... or self.likely(SELDOM) else plain
        for key, find in SOFT_KEYS.items():
            if key[0] == name and key[1] not in fixed and (table := find(row)) and self.world[table]:
                row[key[1]] = self.rng.choice(self.world[table])["id"]
        if name == "closure":
            row["starts_on"], row["ends_on"] = sorted((row["starts_on"], row["ends_on"]))
        return row

    def likely(self, chance: float) -> bool:
        return self.rng.random() < chance

    def mostly(self, moment: dt.datetime) -> dt.datetime | None:
        return moment if self.likely(0.92) else self.rng.choice((None, self.moment(-1), self.moment(1)))

    def moment(self, days: float) -> dt.datetime:
        return at(self.now, days=days)

    def day(self, days: int) -> dt.date:
        return self.now.date() + dt.timedelta(days=days)
