"""What one relative may know of a world: written from the promises to patients, not from the portal's queries.

Plain dicts and loops, on purpose slow and obvious. Two worlds with equal facts must look the same.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from tests.noninterference.world import TABLES, Row, World, at, by_id

Facts = dict[str, Any]

UPDATE_SCOPES = ("going", "plan", "leave")
KINDS = ("group", "individual", "class", "family", "closed")
ENTRY = ("ref", "starts_at", "ends_at", "kind", "status", "place", "mode", "was_at", "sequence")
UPDATE = ("ref", "scope", "title", "text", "language", "published_at", "changed_at")
BOOKING = ("starts_at", "ends_at", "status", "cancelled_by", "mode", "kind", "place", "was_at", "answer_by",
           "moves")  # fmt: skip
KEPT = ("ref", "starts_at", "ends_at", "mode", "kind", "held_until")
WAITING = ("ref", "mode", "kind", "weekdays", "parts", "until_on", "joined_at")
# Of how a therapist holds sessions, what is for the care team, or read with one session only.
NOT_OFFERED = ("rooms", "asks_first", "online_link")
SIGNED = ("scope", "purpose", "signed_on", "ends_on", "ends_at", "ends_with_program", "email_level")
PERSON = ("ref", "known_as", "colour")


def visible(world: World, relative_id: int, now: dt.datetime) -> Facts:
    """Everything that may make a difference to this relative, sorted, without any number that stays inside."""
    clinic = world["clinic"][0]
    zone = ZoneInfo(clinic["time_zone"])
    today = now.astimezone(zone).date()
    began = dt.datetime.combine(today, dt.time(), zone)
    week_ago = dt.datetime.combine(today - dt.timedelta(days=7), dt.time(), zone)
    me = _must(by_id(world, "relative", relative_id))
    account = _must(by_id(world, "account", me["account_id"]))

    live = list(_live(world, relative_id, now, today))
    shares: dict[int, set[str]] = {}
    for person, _, scope in live:
        shares.setdefault(person["patient_id"], set()).add(scope["scope"])
    label = {person["patient_id"]: person["ref"] for person, _, _ in live}

    def is_shown(row: Row) -> bool:
        starts_at = row["starts_at"]
        if starts_at is None:
            return False
        return bool(starts_at >= began or (row["status"] == "cancelled" and starts_at >= week_ago))

    entries, weeks, bookings, kept, waiting, therapists, updates = [], [], [], [], [], [], []
    changes: dict[tuple[int, int], list[str]] = {}
    touched: list[tuple[Row, list[int]]] = []
    for patient_id, scopes in shares.items():
        patient = _must(by_id(world, "patient", patient_id))
        if "times" in scopes:
            on = {row["timetable_id"] for row in world["timetable_member"] if row["patient_id"] == patient_id}
            left = patient["discharged_at"]
            shown = [
                row
                for row in world["schedule_entry"]
                if row["timetable_id"] in on and not row["is_hidden"] and is_shown(row) and row["kind"] in KINDS
                and (left is None or row["starts_at"] < left) and not _is_kept(world, row, patient_id, relative_id)
            ]  # fmt: skip
            entries += [(label[patient_id], *_cells(_as_seen(row, scopes), ENTRY)) for row in shown]
            touched += [(row, _changes_of(row, scopes)) for row in shown if row["starts_at"] > now]
            for row in shown:
                if row["starts_at"] > now and (last := _last_change(row, scopes)) is not None:
                    changes.setdefault((patient_id, last), []).append(row["ref"])
            program = by_id(world, "program", patient["program_id"])
            if program and patient["shows_weeks"] and patient["started_on"] and patient["discharged_at"] is None:
                weeks.append((label[patient_id], patient["started_on"], program["weeks"]))
        if "family" in scopes:
            mine = [row for row in _bookings(world, relative_id, patient_id, now) if is_shown(row)]
            bookings += [(label[patient_id], *row.values()) for row in mine]
            kept += [(label[patient_id], *k) for k in _kept_for(world, relative_id, patient_id, now)]
            waiting += [(label[patient_id], *w) for w in _waiting(world, relative_id, patient_id, today)]
            therapists += [(label[patient_id], *t) for t in _therapists(world, relative_id, patient_id, now, zone)]
        updates += [
            (label[patient_id], *_cells(row, UPDATE), _name(world, row["author_id"]))
            for row in world["family_update"]
            if row["patient_id"] == patient_id
            and row["scope"] in scopes.intersection(UPDATE_SCOPES)
            and row["published_at"] <= now
            and row["withdrawn_at"] is None
        ]
    facts: Facts = {
        "myself": _cells(account, ("ref", "email", "active", "fs_uniquifier", "language", "theme", "shares_mailbox",
                                   "wants_email", "wants_calendar_files", "time_zone", "mail_word", "quiet_from",
                                   "quiet_until", "weekly_day", "weekly_since", "email_failed_at"))
                  + _cells(me, ("ref", "given_name", "family_name")),
        "my own": [(name, _own_cells(name, row)) for name in TABLES if name not in GATED
                   for row in world[name] if _is_mine(row, account, me)],
        # Of what was turned off about one person, only those who share now are named.
        "turned off": [(row["message"], row["patient_id"] is None, label.get(row["patient_id"]))
                       for row in world["email_stop"] if row["account_id"] == account["id"]],
        "my other hats": [name for name in ("patient", "staff_member")
                          for row in world[name] if row["account_id"] == account["id"]],
        "public": [(name, _cells(row, names)) for name, names in PUBLIC.items() for row in world[name]
                   if row.get("program_id") is None],
        "classes": [_class(world, row, account) for row in world["family_class"]],
        "coordinator": [row["name"] for row in sorted(world["staff_member"], key=lambda row: row["id"])
                        if "coordinator" in row["staff_roles"]][:1],
        "people": [(*_cells(person, PERSON), *_cells(consent | scope, SIGNED)) for person, consent, scope in live],
        "entries": entries, "weeks": weeks, "bookings": bookings, "kept": kept, "waiting": waiting,
        "therapists": therapists, "updates": updates,
    }  # fmt: skip
    facts["opened"] = list(_opened(world, account, {fact[1] for fact in updates}, week_ago))
    facts["mail"] = _mail(world, facts, account, live, changes) + list(_lists(world, account, touched, now))
    return {
        name: sorted(set(found) if name == "opened" else found, key=repr) if isinstance(found, list) else found
        for name, found in facts.items()
    }


# Rows of these tables are known only through the gates above, whoever's number stands in them.
GATED = {"relative", "related_person", "appointment_participant", "waiting_list_entry", "record_entry",
         "outgoing_email", "staff_member", "patient", "account"}  # fmt: skip
# What anybody may read. A therapist's name and a program's weeks are read through the gates only.
PUBLIC = {
    "clinic": ("public_name", "legal_name", "time_zone", "phone", "numbers_verified_on"),
    "help_line": ("name", "purpose", "how", "verified_on"),
    "closure": ("starts_on", "ends_on", "name"),
    "family_class": ("ref", "title", "text", "place", "mode", "starts_on", "wall_time", "zone", "minutes", "sessions",
                     "skips", "cancelled"),
    "guide": ("slug", "language", "title", "short_title", "topic", "position", "minutes", "front", "markdown", "html",
              "updated_at", "version", "review_by"),
    "course": ("slug", "position", "title", "text", "stages"),
}  # fmt: skip


def _class(world: World, row: Row, account: Row) -> tuple[Any, ...]:
    """Whether there is a place in a class, and whether it is theirs: how many come is not said, and not who."""
    places = [one["account_id"] for one in world["family_class_place"] if one["class_id"] == row["id"]]
    is_mine = account["id"] in places
    return row["ref"], is_mine, len(places) >= row["capacity"], row["online_link"] if is_mine else None


def _live(world: World, relative_id: int, now: dt.datetime, today: dt.date) -> Any:
    """(related person, consent, scope) for all that this relative may see something by."""
    for person in world["related_person"]:
        patient = _must(by_id(world, "patient", person["patient_id"]))
        if person["relative_id"] != relative_id or not _by(person["accepted_at"], now):
            continue
        if patient["paused_at"] or patient["on_hold_since"] or person["on_hold_since"]:
            continue
        for consent in world["consent"]:
            mine = consent["related_person_id"] == person["id"] and consent["patient_id"] == patient["id"]
            if not mine or not _is_signed_and_complete(consent, now) or consent["stopped_at"]:
                continue
            if not consent["ends_at"] > now or _by(consent["ends_sooner_at"], now):
                continue
            if consent["how_signed"] == "paper" and not _by(consent["verified_at"], now):
                continue
            right = consent["representative_authority"]
            if _by(consent["invalid_since"], now) or (right is not None and not right.strip()):
                continue
            if not person["name"].strip() or not (patient["given_name"] + patient["family_name"]).strip():
                continue
            terms = consent | {
                "ends_on": consent["ends_sooner_on"] or consent["ends_on"],
                "ends_at": consent["ends_sooner_at"] or consent["ends_at"],
                "email_level": consent["lowered_email_level"] or consent["email_level"],
            }
            if consent["ends_with_program"] and _by(patient["discharged_at"], now):
                continue
            if not _right_people_signed(world["clinic"][0], patient, consent, today):
                continue
            for scope in world["consent_scope"]:
                is_box = scope["scope"] in ("times", "kind", "place", "family", *UPDATE_SCOPES)
                if scope["consent_id"] == consent["id"] and scope["off_at"] is None and is_box:
                    yield person, terms, scope


def _as_seen(row: Row, scopes: set[str]) -> Row:
    """A session without what the patient keeps of it, and unchanged where only that changed."""
    seen = dict(row)
    sees_kind, sees_place = "kind" in scopes or row["kind"] == "closed", "place" in scopes
    if not sees_kind:
        seen["kind"] = ""
    if not sees_place:
        seen["place"] = seen["mode"] = ""
    is_changed = row["was_at"] or row["changed_in"] & (1 | (2 if sees_place else 0) | (4 if sees_kind else 0))
    if row["status"] == "changed" and not is_changed:
        seen["status"] = "on"
    return seen


def _last_change(row: Row, scopes: set[str]) -> int | None:
    return max(_changes_of(row, scopes), default=None)


def _changes_of(row: Row, scopes: set[str]) -> list[int]:
    seen = [row["change_id"]]
    seen += [row["place_change_id"]] if "place" in scopes else []
    seen += [row["kind_change_id"]] if "kind" in scopes or row["kind"] == "closed" else []
    return [one for one in seen if one is not None]


def _is_kept(world: World, entry: Row, patient_id: int, relative_id: int) -> bool:
    mine = {row["id"] for row in world["related_person"] if row["relative_id"] == relative_id}
    return any(
        row["entry_id"] == entry["id"] and row["patient_id"] == patient_id
        and (row["related_person_id"] is None or row["related_person_id"] in mine)
        for row in world["hidden_session"]
    )  # fmt: skip


def _is_signed_and_complete(consent: Row, now: dt.datetime) -> bool:
    words = ("discloser", "purpose", "how_to_stop", "signer_name")
    usable = consent["not_usable_because"] is None and all(consent[name].strip() for name in words)
    dated = consent["signed_on"] and consent["ends_at"]
    return bool(usable and dated and _by(consent["signed_at"], now) and _by(consent["starts_at"], now))


def _right_people_signed(clinic: Row, patient: Row, consent: Row, today: dt.date) -> bool:
    by_parent = consent["parent_signer_name"] is not None
    if patient["adult_on"] is None or patient["adult_on"] <= today:
        return not by_parent
    return by_parent or clinic["minor_rule"] == "minor_alone"


def _bookings(world: World, relative_id: int, patient_id: int, now: dt.datetime) -> Any:
    """The sessions this relative is in; one they left is cancelled by them, and as it was when they left."""
    for row in world["appointment"]:
        me = next((one for one in world["appointment_participant"]
                   if one["appointment_id"] == row["id"] and one["relative_id"] == relative_id), None)  # fmt: skip
        if row["patient_id"] != patient_id or me is None or row["status"] == "proposed":
            continue
        terms: Row = by_id(world, "family_session_terms", row["staff_id"], "staff_id") or {}
        staff = _must(by_id(world, "staff_member", row["staff_id"]))
        seen = {"ref": row["ref"], "says": me["says"], "hours": terms.get("cancel_hours"),
                "most_moves": terms.get("most_moves")}  # fmt: skip
        if me["left_at"] is not None:
            yield seen | {
                "starts_at": me["left_starts_at"], "ends_at": me["left_ends_at"], "sequence": me["left_sequence"],
                "status": "cancelled", "cancelled_by": "relative",
            }  # fmt: skip
            continue
        soon = now + dt.timedelta(minutes=15)
        is_held = row["status"] == "confirmed" and row["mode"] == "online" and row["starts_at"] <= soon
        link = row["online_link"] if row["online_link"] is not None else terms.get("online_link")
        yield seen | {name: row[name] for name in BOOKING} | {
            # Who left and came back has had one more of it sent, and calendars must not take it for an old one.
            "sequence": row["sequence"] + (0 if me["left_sequence"] is None else me["left_sequence"] + 1),
            "therapist": (staff["ref"], staff["name"]),
            "link": link if is_held and row["ends_at"] > now else None,
        }  # fmt: skip


def _kept_for(world: World, relative_id: int, patient_id: int, now: dt.datetime) -> Any:
    """The times that are kept for this relative now, and what for."""
    for row in world["appointment"]:
        if row["status"] != "proposed" or row["patient_id"] != patient_id or row["held_for_id"] != relative_id:
            continue
        if row["held_until"] > now and row["starts_at"] > now:
            staff = _must(by_id(world, "staff_member", row["staff_id"]))
            instead_of = by_id(world, "appointment", row["instead_of_id"])
            waited = row["waiting_id"] is not None
            yield *_cells(row, KEPT), staff["ref"], staff["name"], instead_of and instead_of["ref"], waited


def _waiting(world: World, relative_id: int, patient_id: int, today: dt.date) -> Any:
    """Where this relative waits for a time; before or after whom is nobody's."""
    for row in world["waiting_list_entry"]:
        mine = row["relative_id"] == relative_id and row["patient_id"] == patient_id
        if mine and row["ended_at"] is None and row["until_on"] >= today:
            staff = _must(by_id(world, "staff_member", row["staff_id"]))
            yield *_cells(row, WAITING), staff["ref"], staff["name"]


def _therapists(world: World, relative_id: int, patient_id: int, now: dt.datetime, zone: ZoneInfo) -> Any:
    """Who may be booked, on what terms, and when they are busy: that, but not with whom or why, is for all to see."""
    team = {row["staff_id"] for row in world["care_team_member"] if row["patient_id"] == patient_id}
    for terms in world["family_session_terms"]:
        staff_id = terms["staff_id"]
        if team and staff_id not in team:
            continue
        staff = _must(by_id(world, "staff_member", staff_id))
        since = _counted_since(terms, now.astimezone(zone).date(), zone)
        busy = sorted(
            (row["starts_at"], row["busy_until"])
            for row in world["appointment"]
            if row["staff_id"] == staff_id and row["starts_at"] >= since
            and (row["status"] in ("confirmed", "pending") or _is_kept_from(row, relative_id, now))
        )  # fmt: skip
        hours = [_own_cells(name, row) for name in ("free_hours", "free_hours_override")
                 for row in world[name] if row["staff_id"] == staff_id]  # fmt: skip
        offered = _own_cells("family_session_terms", {n: v for n, v in terms.items() if n not in NOT_OFFERED})
        yield staff["ref"], staff["name"], offered, sorted(hours, key=repr), busy


def _is_kept_from(row: Row, relative_id: int, now: dt.datetime) -> bool:
    return bool(row["status"] == "proposed" and row["held_until"] > now and row["held_for_id"] != relative_id)


def _counted_since(terms: Row, today: dt.date, zone: ZoneInfo) -> dt.datetime:
    """From when on what fills a therapist's time makes a difference: limits count whole weeks, months and years."""
    firsts = [today]
    firsts += [today - dt.timedelta(days=today.weekday())] if terms["per_week"] is not None else []
    firsts += [today.replace(day=1)] if terms["per_month"] is not None else []
    firsts += [today.replace(month=1, day=1)] if terms["per_year"] is not None else []
    return dt.datetime.combine(min(firsts), dt.time(), zone) - dt.timedelta(days=1)


def _opened(world: World, account: Row, refs: set[str], since: dt.datetime) -> Any:
    """Which of the updates they see this relative has opened lately: those are not marked as new."""
    for row in world["record_entry"]:
        about = by_id(world, "family_update", row["thing_id"])
        mine = row["account_id"] == account["id"] and row["act"] == "looked" and row["what"] in UPDATE_SCOPES
        if mine and row["at"] >= since and about and about["ref"] in refs:
            yield about["ref"]


def _mail(world: World, facts: Facts, account: Row, live: Any, changes: dict[tuple[int, int], list[str]]) -> list[Any]:
    """The emails that reach this relative: of what they may see, and only where the patient agreed to email."""
    refs = {fact[1] for fact in facts["bookings"] + facts["updates"]}
    offered = {fact[1] for fact in facts["kept"] if fact[-1]}
    mail = []
    for row in world["outgoing_email"]:
        if row["account_id"] != account["id"] or row["ended_at"] is not None:
            continue
        levels = {c["email_level"] for person, c, _ in live if person["patient_id"] == row["patient_id"]} - {"none"}
        if row["message"] == "weekly_list":
            continue  # see _lists
        if row["message"] == "schedule_changed":
            changed = changes.get((row["patient_id"], row["about_id"]))
            if levels and changed:
                mail.append((row["message"], tuple(sorted(changed)), "times" in levels))
            continue
        table = "family_update" if row["message"] == "update_posted" else "appointment"
        about = by_id(world, table, row["about_id"])
        if levels and about and about["ref"] in (offered if row["message"] == "time_opened" else refs):
            mail.append((row["message"], about["ref"], "times" in levels))
    return mail


def _lists(world: World, account: Row, touched: list[tuple[Row, list[int]]], now: dt.datetime) -> Any:
    """The weekly lists on their way to this relative: from when until when, and which sessions changed meanwhile.

    Whose updates and sessions those are, and what emails about each may say, are facts of their own.
    """
    mail = [row for row in world["outgoing_email"] if row["message"] == "weekly_list"]
    mine = {row["id"]: row for row in world["weekly_list"] if row["account_id"] == account["id"]}
    sent = {row["about_id"] for row in mail if row["account_id"] == account["id"] and row["outcome"] == "sent"}
    for row in mail:
        about = mine.get(row["about_id"])
        if about is None or row["account_id"] != account["id"] or row["ended_at"] is not None:
            continue
        earlier = [mine[number]["until"] for number in sent & mine.keys() if number < about["id"]]
        began = [moment for moment in (*earlier, account["weekly_since"]) if moment is not None]
        since, until = max(began) if began else at(now, days=-7), about["until"]
        made_at = {change["id"]: change["made_at"] for change in world["schedule_change"]}
        changed = {entry["ref"] for entry, seen in touched if any(since < made_at[one] <= until for one in seen)}
        yield "weekly_list", since, until, tuple(sorted(changed))


def _is_mine(row: Row, account: Row, me: Row) -> bool:
    return row.get("account_id") == account["id"] or row.get("relative_id") == me["id"]


def _own_cells(name: str, row: Row) -> tuple[Any, ...]:
    inside = {column.name for column in TABLES[name].columns if column.foreign_keys or column.name == "id"}
    return _cells(row, tuple(column for column in row if column not in inside))


def _cells(row: Row, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def _name(world: World, staff_id: int | None) -> str | None:
    staff = by_id(world, "staff_member", staff_id)
    return staff["name"] if staff else None


def _by(moment: dt.datetime | None, now: dt.datetime) -> bool:
    return moment is not None and moment <= now


def _must(row: Row | None) -> Row:
    assert row is not None
    return row
