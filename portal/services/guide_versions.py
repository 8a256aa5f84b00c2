"""The texts a guide had: who published them and when, the one that waits to be taken over, and the way back."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.db import session
from portal.errors import NotShared
from portal.models import Guide, GuideDraft, GuideVersion
from portal.services import guide_editing, guide_files, guide_index, guide_publishing

# Questions


def listed(slug: str, language: str) -> list[GuideVersion]:
    """Every text that was published, the newest first. Raises NotShared when there was none."""
    found = list(
        session().scalars(
            select(GuideVersion)
            .options(joinedload(GuideVersion.staff))
            .where(GuideVersion.slug == slug, GuideVersion.language == language, GuideVersion.number.is_not(None))
            .order_by(GuideVersion.number.desc())
        )
    )
    if not found:
        raise NotShared
    return found


def numbered(slug: str, language: str, number: int) -> GuideVersion:
    """Raises NotShared."""
    found = session().scalar(
        select(GuideVersion).where(
            GuideVersion.slug == slug, GuideVersion.language == language, GuideVersion.number == number
        )
    )
    if found is None:
        raise NotShared
    return found


def offered(slug: str, language: str, *, lock: bool = False) -> GuideVersion | None:
    """The newer text that came with the portal and waits for somebody to look at it."""
    found = select(GuideVersion).where(
        GuideVersion.slug == slug,
        GuideVersion.language == language,
        GuideVersion.number.is_(None),
        GuideVersion.declined.is_(False),
    )
    return session().scalar(found.with_for_update() if lock else found)


# Acts


def take_over(slug: str, language: str, *, offer_id: int, staff_id: int) -> Guide:
    """Let families read the text that came with the portal instead of the clinic's own. Raises NotShared."""
    offer = _offer(slug, language, offer_id)
    file = guide_files.of(offer)
    session().delete(offer)
    session().flush()
    guide = guide_publishing.publish(replace(file, edited=False), staff_id=staff_id, came_with_portal=True)
    guide_index.refresh()
    return guide


def leave(slug: str, language: str, *, offer_id: int) -> None:
    """Keep the clinic's own words; this newer text is not offered again. Raises NotShared."""
    _offer(slug, language, offer_id).declined = True
    session().flush()


def bring_back(slug: str, language: str, number: int, *, staff_id: int) -> GuideDraft:
    """Go on from an old text, as a draft. Raises Refused, NotShared."""
    return guide_editing.keep_as_draft(guide_files.of(numbered(slug, language, number)), staff_id=staff_id)


def _offer(slug: str, language: str, offer_id: int) -> GuideVersion:
    # The one that was looked at, not one that came meanwhile.
    offer = offered(slug, language, lock=True)
    if offer is None or offer.id != offer_id:
        raise NotShared
    return offer
