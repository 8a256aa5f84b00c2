"""A whole FHIR bundle, taken in at once or not at all."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from portal.consent import record
from portal.db import commit, rollback, session
from portal.exchange import fhir_visits
from portal.exchange.fhir_bookings import Bookings
from portal.exchange.fhir_bundle import BadBundle, Bundle
from portal.exchange.fhir_consents import Consents
from portal.exchange.fhir_kept_here import leave_alone
from portal.exchange.fhir_people import People
from portal.exchange.fhir_schedule import Schedule
from portal.exchange.fhir_updates import Updates
from portal.exchange.summary import Summary
from portal.models import Act


def take_in(bundle: Bundle, *, dry_run: bool = False) -> Summary:
    """Store `bundle` in one transaction and say what it did. A dry run undoes it.

    Raises BadBundle; then nothing of it is stored.
    """
    summary = Summary(left_out=bundle.left_out.copy())
    try:
        _all_of_it(bundle, summary)
        if dry_run:
            rollback()
        else:
            commit()
    except DBAPIError as refused:
        rollback()
        why = type(refused.orig).__name__
        raise BadBundle(f"The database refused it ({why}). Was it upgraded? If it was, try again.") from refused
    except BaseException:
        rollback()
        raise
    return summary


def _all_of_it(bundle: Bundle, summary: Summary) -> None:
    leave_alone(bundle, summary)
    people = People(bundle, summary)
    people.take_in()
    Consents(bundle, people, summary).take_in()
    visits = [fhir_visits.read(bundle, people, resource) for resource in bundle.of("Appointment")]
    schedule, bookings = Schedule(bundle, visits, summary), Bookings(bundle, visits, summary)
    for visit in visits:  # what was one of these may have become the other
        if visit.is_booking:
            schedule.drop(visit.source.id)
        else:
            bookings.drop(visit.source.id)
    schedule.take_in()
    bookings.take_in()
    Updates(bundle, people, summary).take_in()
    session().flush()
    if summary.changed_something:
        record.write(Act.IMPORTED, "bundle", door="staff", patient_id=None)
