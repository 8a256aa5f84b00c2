"""Two words of the reader's own, by which a bare email can be trusted."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.errors import Refused
from portal.services import mail_words


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("Blue Kite", "blue kite"), ("  cometa\tazul ", "cometa azul"), ("árbol ñandú", "árbol ñandú"), (" ", "")],
)
def test_two_plain_words_are_kept_and_none_is_none(typed: str, kept: str) -> None:
    assert mail_words.checked(typed) == kept


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("kite", "Choose two words"),
        ("my blue kite", "Choose two words"),
        ("blue kite2", "Use letters only"),
        ("www.example.org now", "Use letters only"),
        ("blue <b>", "Use letters only"),
        ("a kite", "Use words of 2 to 20 letters"),
        ("blue " + "k" * 21, "Use words of 2 to 20 letters"),
        ("sober kite", "Choose words that say nothing about treatment"),
        ("blue detox", "Choose words that say nothing about treatment"),
        ("Therapy time", "Choose words that say nothing about treatment"),
        ("mi terapia", "Choose words that say nothing about treatment"),
    ],
)
def test_whatever_else_is_refused_in_a_sentence(app: Flask, typed: str, said: str) -> None:
    with app.test_request_context(), pytest.raises(Refused) as no:
        mail_words.checked(typed)

    assert (str(no.value.sentence), no.value.field) == (said, "mail_word")
