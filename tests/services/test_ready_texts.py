"""Every ready text is there in both languages, waits to be filled in, and is easy to read."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.errors import Refused
from portal.services import ready_texts, update_checks, update_hints
from portal.services.choices import LANGUAGES
from portal.services.update_checks import GAP, Words


def test_each_is_there_in_every_language_with_the_same_gaps() -> None:
    keys = {code: [one.key for one in ready_texts.in_language(code)] for code in LANGUAGES}
    gaps = {code: [len(GAP.findall(one.words.text)) for one in ready_texts.in_language(code)] for code in LANGUAGES}

    assert len(keys["en"]) >= 6
    assert keys["en"] == keys["es"]
    assert gaps["en"] == gaps["es"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_is_refused_until_it_is_finished_and_then_reads_well(app: Flask, language: str) -> None:
    with app.test_request_context():
        for ready in ready_texts.in_language(language):
            with pytest.raises(Refused, match="in place of"):
                update_checks.check_words(ready.words)
            done = Words(GAP.sub("a walk", ready.words.title), GAP.sub("a walk", ready.words.text), language)
            update_checks.check_words(done)
            found = update_hints.hints(done, [])
            assert (found.is_hard, found.any) == (False, False), (ready.key, found)
