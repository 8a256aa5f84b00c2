"""A library of any size, out of sentences of the real guides, so that every word is as common as there."""

from __future__ import annotations

import datetime as dt
import random

from sqlalchemy import select

from portal.db import session
from portal.models import Guide, GuideText
from portal.services import guide_index

SENTENCES = 12
THEN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def grow(guides: int) -> None:
    """Add English guides to a library that holds the real ones, until there are `guides` of them."""
    real = session().execute(select(Guide.title, GuideText.text).join(GuideText).where(Guide.language == "en")).all()
    titles = [title for title, _ in real]
    sentences = [line for _, text in real for line in text.split("\n")]
    draw = random.Random(guides)
    for number in range(len(real), guides):
        title = " ".join(draw.choice(draw.choice(titles).split()) for _ in range(4))
        session().add(
            Guide(
                slug=f"guide-{number}", language="en", title=title, short_title=title[:60], topic="talking",
                position=number, minutes=3, front={}, markdown="\n\n".join(draw.choices(sentences, k=SENTENCES)),
                html="", file_hash=str(number), updated_at=THEN,
            )
        )  # fmt: skip
    session().flush()
    guide_index.refresh()
