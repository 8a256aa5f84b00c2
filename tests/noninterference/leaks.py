"""Leaks, planted on purpose: each is one line of the portal changed for the worse. The search must find them all."""

from __future__ import annotations

from dataclasses import dataclass

# Leaks of the rule that show in whole patients, not in why a consent is not live.
ABOUT_OTHERS = {
    "everybody's consents count", *(
        f"a consent is live though it fails “{name}”"
        for name in ("accepted", "scope still on", "not paused", "not on hold", "not ended by leaving the program")
    ),
}  # fmt: skip

RARE = {
    "a place that changed where it is kept",
    "weeks that the patient hides",
    "weeks of somebody who left",
    "a hidden update answers otherwise than a missing one",
    "a consent is live though it fails “accepted”",
}

# Found every time, but after so many pairs that `make proofs` alone takes the time.
SLOW = {
    "a time that is kept for somebody else",
    "how many stand before one in line",
    "a session in the calendar that counts up with every patient",
    "a calendar stamped with how many patients there are",
    "the place of a session that the patient keeps",
    "the kind of a session that the patient keeps",
    "a consent is live though it fails “scope still on”",
    "a consent is live though it fails “not on hold”",
    "kinds of session that families are never told of",
    "a cookie that changes with everybody's rows",
    "an email about an update that is not shared",
    "flask sees in the order of our numbers",
    "a consent is live though it fails “not ended by leaving the program”",
    "a consent is live though it fails “not paused”",
    "one minor's age counts for nobody",
    "the timetable needs another scope",
    "family sessions need another scope",
    "updates before they are published",
    "updates that were withdrawn",
    "what the patient calls the relative",
    "sessions of a group that the patient has left",
    "a session hidden from another person",
    "family sessions one was taken out of",
    "what somebody wrote when booking",
    "another system's number in place of the room",
    "therapists of other patients",
    "people by the number they were given",
    "updates by the number they were given",
    "what others have opened",
    "the limit counts what others booked",
    "free times show other therapists' sessions",
    "free times show cancelled sessions",
    "how many patients there are, at the foot of a page",
    "how many patients there are, beside the filter",
    "an email where the patient agreed to none",
}

CONDITIONS = (
    "signed", "complete", "checked by a second person", "not marked invalid", "accepted", "started", "not past its end",
    "scope still on", "not stopped", "not paused", "not on hold",
    "not ended by leaving the program", "signed by whom the law asks",
)  # fmt: skip


@dataclass(frozen=True)
class Leak:
    """In `file`, `good` stands for `bad`."""

    name: str
    file: str
    good: str
    bad: str

    @property
    def pages(self) -> str | None:
        """How the addresses of the pages begin on which it shows; None when it shows without opening one."""
        return PAGES.get(self.file)

    @property
    def is_rare(self) -> bool:
        """Whether it shows in so few pairs of worlds that only `make proofs` takes the time to look for it."""
        return self.name in RARE | SLOW

    @property
    def is_about_live(self) -> bool:
        """Whether it takes a condition out of the rule: worlds with another reason for no bring that to light."""
        return self.file == LIVE and self.name not in ABOUT_OTHERS


LIVE = "portal/consent/live.py"
SHARED_KEPT_TIMES = "portal/consent/shared/kept_times.py"
SHARED_ROWS = "portal/consent/shared/rows.py"
SHARED_SCHEDULE = "portal/consent/shared/schedule.py"
SHARED_SCOPES = "portal/consent/shared/scopes.py"
SHARED_SESSIONS = "portal/consent/shared/sessions.py"
SHARED_THERAPISTS = "portal/consent/shared/therapists.py"
SHARED_UPDATES = "portal/consent/shared/updates.py"
SHARED_WAITING_LIST = "portal/consent/shared/waiting_list.py"
PEOPLE = "portal/consent/people.py"
MESSAGES = "portal/emails/messages/message.py"
UPDATE_MESSAGES = "portal/emails/messages/updates.py"
TIMES = "portal/services/therapist_times.py"
UPDATES = "portal/family/updates.py"
WAITS = "portal/family/waits.py"
FAMILY = "portal/family/__init__.py"
HEADERS = "portal/headers.py"
SEES = "portal/exchange/sees.py"
CALENDAR = "portal/exchange/calendar_entry.py"
FEEDS = "portal/services/feeds.py"
FILES = "portal/family/calendar.py"
SHEET = "portal/family/sheet.py"
FILTERS = "portal/family/filters.py"

PAGES = {
    PEOPLE: "/home",
    UPDATES: "/updates",
    WAITS: "/sessions",
    "templates/family/classes/page.html": "/classes",
    "portal/services/reading.py": "/updates",
    "templates/family/updates/page.html": "/updates",
    FAMILY: "/shared",
    HEADERS: "/help",
    FILES: "/schedule/calendar",
    SHEET: "/schedule/print",
    FILTERS: "/schedule",
}

# How many rows there are, whoever's they are.
EVERY_UPDATE = "__import__('tests.noninterference.planted').noninterference.planted.count('family_update')"
EVERY_PATIENT = "__import__('tests.noninterference.planted').noninterference.planted.count('patient')"

LEAKS = (
    *(
        Leak(
            f"a consent is live though it fails “{name}”",
            LIVE,
            "LIVE = and_(*CONDITIONS.values())",
            f"LIVE = and_(*(rule for name, rule in CONDITIONS.items() if name != {name!r}))",
        )
        for name in CONDITIONS
    ),
    Leak("everybody's consents count", LIVE, "        RelatedPerson.relative_id == THE_RELATIVE,\n", ""),
    Leak(
        "one minor's age counts for nobody", LIVE,
        "select(Clinic.minor_rule).scalar_subquery() == MinorRule.MINOR_ALONE", "Clinic.id == 1",
    ),
    Leak(
        "the timetable needs another scope", SHARED_SCHEDULE,
        "patient=TimetableMember.patient_id,\n        scope=Scope.TIMES", "patient=TimetableMember.patient_id,\n"
        "        scope=Scope.FAMILY",
    ),
    Leak(
        "family sessions need another scope", SHARED_SESSIONS,
        "BEGINS >= WEEK_AGO)),\n        ),\n        patient=Appointment.patient_id,\n        scope=Scope.FAMILY",
        "BEGINS >= WEEK_AGO)),\n        ),\n        patient=Appointment.patient_id,\n        scope=Scope.TIMES",
    ),
    Leak(
        "updates of every kind with session times", SHARED_ROWS,
        "tuple_(patient, scope).in_(patients_and_scopes(UPDATE_SCOPES))",
        "patient.in_(patients_sharing(Scope.TIMES))",
    ),
    Leak("updates before they are published", SHARED_UPDATES, "FamilyUpdate.published_at <= NOW, ", ""),
    Leak("updates that were withdrawn", SHARED_UPDATES, "FamilyUpdate.withdrawn_at.is_(None)", "FamilyUpdate.id > 0"),
    Leak("sessions that are hidden", SHARED_SCHEDULE, "    ScheduleEntry.is_hidden.is_(False),\n", ""),
    Leak(
        "kinds of session that families are never told of", SHARED_SCHEDULE,
        "    ScheduleEntry.kind.in_(tuple(Kind)),\n", "",
    ),
    Leak(
        "sessions of long ago", SHARED_SCHEDULE,
        "                ScheduleEntry.starts_at >= TODAY_BEGAN,", "                ScheduleEntry.id > 0,",
    ),
    Leak(
        "sessions of a group that the patient has left", SHARED_SCHEDULE,
        "    BEFORE_LEAVING,\n", "",
    ),
    Leak(
        "the place of a session that the patient keeps", SHARED_SCHEDULE,
        'case((SEES_PLACE, ScheduleEntry.place), else_="")', "ScheduleEntry.place",
    ),
    Leak(
        "the kind of a session that the patient keeps", SHARED_SCHEDULE,
        'case((SEES_KIND, ScheduleEntry.kind), else_="")', "ScheduleEntry.kind",
    ),
    Leak(
        "a place that changed where it is kept", SHARED_SCHEDULE,
        "    and_(SEES_PLACE, ScheduleEntry.changed_in", "    and_(ScheduleEntry.changed_in",
    ),
    Leak("one session that the patient hides", SHARED_SCHEDULE, "            ~IS_KEPT_FROM_THE_VIEWER,\n", ""),
    Leak(
        "a session hidden from another person", SHARED_SCHEDULE,
        "is_kept_from(select(RelatedPerson.id).where(RelatedPerson.relative_id == THE_RELATIVE))",
        "is_kept_from(select(RelatedPerson.id))",
    ),
    Leak("weeks that the patient hides", SHARED_SCHEDULE, "Patient.shows_weeks.is_(True), ", ""),
    Leak("weeks of somebody who left", SHARED_SCHEDULE, ", Patient.discharged_at.is_(None)),", "),"),
    Leak(
        "family sessions of others", SHARED_SESSIONS,
        "            AppointmentParticipant.relative_id == THE_RELATIVE,\n", "",
    ),
    Leak(
        "family sessions one was taken out of", SHARED_SESSIONS,
        "SHOWN_STATUS = case((HAS_LEFT, AppointmentStatus.CANCELLED), else_=Appointment.status)",
        "SHOWN_STATUS = Appointment.status",
    ),
    Leak(
        "what somebody wrote when booking", SHARED_SESSIONS,
        'case((HAS_LEFT, ""), else_=Appointment.mode)', 'case((HAS_LEFT, ""), else_=Appointment.note)',
    ),
    Leak(
        "why a session was cancelled", SHARED_SESSIONS,
        'case((HAS_LEFT, "relative"), else_=Appointment.cancelled_by)',
        'case((HAS_LEFT, "relative"), else_=Appointment.cancelled_because)',
    ),
    Leak(
        "a time that is kept for somebody else", SHARED_KEPT_TIMES,
        "            Appointment.held_for_id == THE_RELATIVE,\n", "            Appointment.held_for_id.is_not(None),\n",
    ),
    Leak(
        "where somebody else waits", SHARED_WAITING_LIST,
        "            WaitingListEntry.relative_id == THE_RELATIVE,\n", "            WaitingListEntry.id > 0,\n",
    ),
    Leak(
        "how many stand before one in line", WAITS,
        "        with_name=row.with_name,\n",
        "        with_name=row.with_name + "
        "str(__import__('tests.noninterference.planted').noninterference.planted.before_in_line(row.id)),\n",
    ),
    Leak(
        "who else comes to a class", "templates/family/classes/page.html",
        "one.title) }}</h2>", "one.title) }} {{ count_places() }}</h2>",
    ),
    Leak(
        "another system's number in place of the room", SHARED_SCHEDULE,
        "case((SEES_PLACE, ScheduleEntry.place), ", "case((SEES_PLACE, ScheduleEntry.external_id), ",
    ),
    Leak(
        "therapists of other patients", SHARED_THERAPISTS,
        "CareTeamMember.patient_id == Patient.id, CareTeamMember.staff_id", "CareTeamMember.staff_id",
    ),
    Leak(
        "what the patient calls the relative", SHARED_SCOPES,
        "        RelatedPerson.known_as,\n", '        RelatedPerson.relation.label("known_as"),\n',
    ),
    Leak("people by the number they were given", PEOPLE, "SharedScope.related_person_ref)", "SharedScope.id)"),
    Leak("updates by the number they were given", UPDATES, "SharedUpdate.ref)\n    )", "SharedUpdate.id)\n    )"),
    Leak(
        "how many updates there are in the whole clinic", UPDATES,
        "count_new=sum(one.is_new for one in headlines)", f"count_new={EVERY_UPDATE}",
    ),
    Leak(
        "a hidden update answers otherwise than a missing one", UPDATES,
        "    seen = find(",
        "    if __import__('tests.noninterference.planted').noninterference.planted.is_hidden_update(ref):\n"
        "        return '', 410\n    seen = find(",
    ),
    Leak(
        "what others have opened", "portal/services/reading.py",
        "            RecordEntry.account_id == account_id,\n", "",
    ),
    Leak(
        "the limit counts what others booked", "portal/services/booking.py",
        "            AppointmentParticipant.relative_id == relative_id,\n", "",
    ),
    Leak(
        "free times show other therapists' sessions", TIMES,
        "            Appointment.staff_id == staff_id,\n            or_(",
        "            or_(",
    ),
    Leak(
        "free times show cancelled sessions", TIMES,
        "            or_(Appointment.status.in_(BOOKED), kept_for_others),\n",
        "",
    ),
    Leak(
        "an ETag over everybody's rows", HEADERS,
        '        response.headers["Cache-Control"] = "no-store"\n',
        '        response.headers["Cache-Control"] = "no-store"\n'
        f'        response.headers["ETag"] = str({EVERY_PATIENT})\n',
    ),
    Leak(
        "a cookie that changes with everybody's rows", FAMILY,
        "for one in people.people()])\n", f"for one in people.people()] + [{EVERY_PATIENT}])\n",
    ),
    Leak(
        "an email about an update that is not shared", UPDATE_MESSAGES,
        "        if not any(update_id for _, update_id in shared):\n", "        if False:\n",
    ),
    Leak(
        "an email where the patient agreed to none", MESSAGES,
        '    if not levels - {"none"}:\n', "    if False:\n",
    ),
    Leak(
        "flask sees in the order of our numbers", SEES,
        "key=lambda row: (row.starts_at, names[row.patient_id], row.ref, row.kind, row.place, row.status)",
        "key=lambda row: (row.starts_at, row.id)",
    ),
    Leak(
        "a session in the calendar that counts up with every patient", CALENDAR,
        "        sequence=row.sequence,\n", f"        sequence=row.sequence + {EVERY_PATIENT},\n",
    ),
    Leak(
        "a calendar stamped with how many patients there are", FEEDS,
        "calendar.entries(calendar.FEED), made)",
        f"calendar.entries(calendar.FEED), made + dt.timedelta(minutes={EVERY_PATIENT}))",
    ),
    Leak(
        "how many patients there are, in the name of a file", FILES,
        'calendar_file.published(found, clock.now()), "appointments.ics")',
        f'calendar_file.published(found, clock.now()), f"appointments-{{{EVERY_PATIENT}}}.ics")',
    ),
    Leak(
        "a sheet that is longer the more patients there are", SHEET,
        "        int(form.weeks.data),\n", f"        int(form.weeks.data) + {EVERY_PATIENT},\n",
    ),
    Leak(
        "how many patients there are, beside the filter", FILTERS,
        'gettext("All")', f'gettext("All") + str({EVERY_PATIENT})',
    ),
    Leak(
        "how many patients there are, at the foot of a page", "templates/family/updates/page.html",
        "<h1>{{ _('Updates') }}</h1>",
        "<h1>{{ _('Updates') }}</h1>{{ count_patients() }}",
    ),
)  # fmt: skip
