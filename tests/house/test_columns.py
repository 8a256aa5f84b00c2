"""Every column says for whom it is, and what relatives see holds no column that is for somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from portal.consent.shared import Shared
from portal.models import Base, Label
from tests.noninterference.world import made_of

# Columns of shared rows that are not labelled for relatives, each looked at by somebody, and why it may be there.
REVIEWED = {
    ("SharedScope", "consent_scope.scope"): "what is shared is what they see",
    ("SharedScope", "consent.ends_at"): "the moment of the date they see; orders two consents of one pair",
    ("SharedScope", "consent.ends_sooner_at"): "the same, where the patient chose an earlier end",
    ("SharedScheduleEntry", "schedule_entry.changed_in"): "says whether it is one to them that something changed",
    ("SharedUpdate", "family_update.version"): "goes on record with the look",
    ("SharedAppointment", "appointment.sequence"): "grows with what they see of it; stands in calendar files",
}


def what_it_is_made_of(mapper: Any, column: Any) -> set[tuple[str, str, Label | None]]:
    return {
        (mapper.class_.__name__, f"{base.table.name}.{base.name}", base.info.get("label")) for base in made_of(column)
    }


def test_every_column_says_for_whom_it_is() -> None:
    unlabelled = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if not isinstance(column.info.get("label"), Label)
    ]

    assert unlabelled == [], "Make them with key(), public(), shareable(), own(), staff_only(), rule() or secret()"


def test_relatives_see_columns_that_are_for_relatives() -> None:
    shown = {
        origin for mapper in Shared.registry.mappers for c in mapper.columns for origin in what_it_is_made_of(mapper, c)
    }
    for_others = {
        (name, column) for name, column, label in shown if label not in (Label.PUBLIC, Label.SHARED, Label.KEY)
    }

    assert shown
    assert for_others == REVIEWED.keys()


def test_no_shared_column_is_computed_from_something_hidden() -> None:
    computed = [
        (mapper.class_.__name__, column.name)
        for mapper in Shared.registry.mappers
        for column in mapper.columns
        if not what_it_is_made_of(mapper, column)
    ]

    assert computed == []


@pytest.mark.parametrize("label", [Label.OWN, Label.STAFF, Label.SECRET])
def test_no_relative_reads_what_is_for_the_patient_the_staff_or_nobody(label: Label) -> None:
    shown = {
        origin for mapper in Shared.registry.mappers for c in mapper.columns for origin in what_it_is_made_of(mapper, c)
    }

    assert {(name, column) for name, column, of in shown if of == label} == set()
