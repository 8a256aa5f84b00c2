"""Write a guide: one draft for each guide and language, saved when one likes, published when nothing is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import clinic, clock, words
from portal.db import session
from portal.errors import NotShared, Refused
from portal.models import Guide, GuideDraft, GuideVersion, StaffMember
from portal.models.base import new_ref
from portal.services import guide_checks, guide_files, guide_index, guide_publishing
from portal.services.guide_checks import Problem
from portal.services.guide_files import GuideFile
from portal.services.guide_front import NAME
from portal.services.guides import FALLBACK


class NotReady(Refused):
    """It cannot be published yet; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[0].sentence, problems[0].field)
        self.problems = problems


class SavedByOthers(Refused):
    """Somebody else changed the guide after it was opened."""


@dataclass(frozen=True)
class Opened:
    """A guide as somebody begins to write at it: the draft where there is one, else what families read."""

    file: GuideFile
    guide: Guide | None
    draft: GuideDraft | None

    @property
    def state(self) -> str:
        """Another one as soon as anybody saves or publishes; a form carries it."""
        return f"{self.guide.version if self.guide else 0}.{self.draft.stamp if self.draft else ''}"


# Questions


def opened(slug: str, language: str, *, lock: bool = False) -> Opened:
    """Raises NotShared when there is neither a draft nor a published text."""
    guide = guide_publishing.published(slug, language, lock=lock)
    found = select(GuideDraft).where(GuideDraft.slug == slug, GuideDraft.language == language)
    draft = session().scalar(guide_publishing.as_it_is_now(found) if lock else found)
    if draft is None and guide is None:
        raise NotShared
    return Opened(guide_files.of(draft or guide), guide, draft)


def may_change_slug(slug: str) -> bool:
    """Whether no family ever had this address, and nobody writes under it in a second language."""
    drafts = session().scalars(select(GuideDraft.id).where(GuideDraft.slug == slug)).all()
    return len(drafts) == 1 and not session().scalar(select(GuideVersion.id).where(GuideVersion.slug == slug).limit(1))


def has_draft(slug: str, language: str) -> bool:
    """Whether somebody is writing at this guide."""
    found = select(GuideDraft.id).where(GuideDraft.slug == slug, GuideDraft.language == language)
    return session().scalar(found) is not None


def languages_of(slug: str) -> set[str]:
    """The languages in which there is a draft, or a text that families read."""
    found = (select(model.language).where(model.slug == slug) for model in (Guide, GuideDraft))
    return {language for one in found for language in session().scalars(one)}


def slugs() -> set[str]:
    """The guides that a link may lead to."""
    return set(session().scalars(select(Guide.slug)))


# Rules


def check_slug_free(slug: str) -> None:
    """Raises Refused when another guide has or had this address, or is being written under it."""
    for model in (GuideVersion, GuideDraft):
        if session().scalar(select(model.id).where(model.slug == slug).limit(1)) is not None:
            raise Refused(gettext("Another guide has this address"), "slug")


def check_nobody_else(now: Opened, state: str) -> None:
    """Raises SavedByOthers when it is not as it was when it was opened."""
    if state == now.state:
        return
    version = state.partition(".")[0]
    if version != now.state.partition(".")[0]:
        sentence = gettext("Another version of this guide was published after you opened it.")
    elif now.draft is None:
        sentence = gettext("The draft was thrown away after you opened it.")
    else:
        sentence = gettext(
            "%(name)s saved this guide after you opened it: %(day)s, %(time)s.",
            name=now.draft.staff.name,
            day=words.day(now.draft.saved_at),
            time=words.time(now.draft.saved_at),
        )
    way_on = gettext("Your words are still here. Press again to keep yours instead.")
    raise SavedByOthers(f"{sentence} {way_on}")


# Acts


def begin(file: GuideFile, *, staff_id: int) -> GuideDraft:
    """The first draft of a new guide. Raises Refused when its address is no address, or taken."""
    _check_address(file.slug)
    check_slug_free(file.slug)
    return _keep(GuideDraft(slug=file.slug, language=file.language, version=0), file, staff_id)


def start(slug: str, language: str, *, staff_id: int) -> GuideDraft:
    """A draft in another language, begun as a copy of the English text. Raises NotShared."""
    english = guide_publishing.published(slug, FALLBACK)
    if english is None or guide_publishing.last_number(slug, language):
        raise NotShared
    file = guide_files.of(english)
    front = {name: fact for name, fact in file.front.items() if name not in guide_files.REVIEW}
    copy = GuideFile(slug, language, front | {"lang": language}, file.markdown)
    return _keep(GuideDraft(slug=slug, language=language, version=0), copy, staff_id)


def save(file: GuideFile, *, slug: str, state: str, staff_id: int) -> GuideDraft:
    """Keep `file` as the draft of the guide that was opened at `slug`. Raises Refused, NotShared."""
    now = opened(slug, file.language, lock=True)
    check_nobody_else(now, state)
    if file.slug != slug:
        if not may_change_slug(slug):
            raise Refused(gettext("The address stays as it is: families may have kept it"), "slug")
        _check_address(file.slug)
        check_slug_free(file.slug)
    draft = now.draft or GuideDraft(slug=slug, language=file.language)
    draft.version = now.guide.version if now.guide else 0
    draft.slug = file.slug
    return _keep(draft, file, staff_id)


def publish(file: GuideFile, *, slug: str, state: str, staff: StaffMember, is_reviewed: bool = False) -> Guide:
    """Let families read `file`; the draft is done with. Raises NotReady, Refused, NotShared.

    `is_reviewed`: who publishes it says that they reviewed it, so the guide says so too.
    """
    draft = save(file, slug=slug, state=state, staff_id=staff.id)
    found = guide_checks.problems(file, slugs())
    if found:
        raise NotReady(found)
    if is_reviewed:
        file = replace(file, front=file.front | reviewed_by(staff))
    session().delete(draft)
    file = replace(file, edited=not guide_publishing.is_as_it_came(file))
    guide = guide_publishing.publish(file, staff_id=staff.id)
    guide_index.refresh()
    return guide


def throw_away(slug: str, language: str) -> None:
    """Forget the draft; what families read stays. Raises NotShared."""
    draft = opened(slug, language, lock=True).draft
    if draft is None:
        raise NotShared
    session().delete(draft)
    session().flush()


def keep_as_draft(file: GuideFile, *, staff_id: int) -> GuideDraft:
    """Go on from a text of old. Raises Refused when somebody is writing at this guide."""
    published = guide_publishing.published(file.slug, file.language)
    draft = GuideDraft(slug=file.slug, language=file.language, version=published.version if published else 0)
    return _keep(draft, file, staff_id)


def reviewed_by(staff: StaffMember) -> dict[str, Any]:
    """What a guide says about who reviewed it, today."""
    return {"reviewed_by": staff.name, "reviewed_on": clinic.today().isoformat()}


def _check_address(slug: str) -> None:
    if not NAME.fullmatch(slug) or len(slug) > guide_checks.LONGEST["slug"]:
        raise Refused(gettext("Use small letters, numbers and hyphens only, like first-steps"), "slug")


def _keep(draft: GuideDraft, file: GuideFile, staff_id: int) -> GuideDraft:
    draft.front, draft.markdown = file.front | {"slug": file.slug}, file.markdown
    draft.stamp, draft.saved_at, draft.staff_id = new_ref(), clock.now(), staff_id
    try:
        with session().begin_nested():
            session().add(draft)
    except IntegrityError:
        raise Refused(gettext("There is a draft of this guide already. Go on with that one.")) from None
    return draft
