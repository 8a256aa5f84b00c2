"""Which updates somebody has opened, as the record knows it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from portal import clinic
from portal.consent.scopes import UPDATE_SCOPES
from portal.db import session
from portal.models import Act, RecordEntry


def opened(account_id: int, update_ids: Collection[int]) -> set[int]:
    """Those of `update_ids` that this account opened in the last seven days of the clinic."""
    if not update_ids:
        return set()
    looks = session().scalars(
        select(RecordEntry.thing_id).where(
            RecordEntry.account_id == account_id,
            RecordEntry.act == Act.LOOKED,
            RecordEntry.at >= clinic.week_ago(),
            RecordEntry.what.in_(UPDATE_SCOPES),
            RecordEntry.thing_id.in_(update_ids),
        )
    )
    return {look for look in looks if look is not None}
