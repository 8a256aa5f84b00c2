"""Words that hurt get a hint, other words do not."""

from __future__ import annotations

import pytest

from portal.services.word_list import hints


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The client is here.", ["client"]),
        ("CLIENTS and Clients", ["CLIENT"]),
        ("He committed suicide.", ["committed suicide"]),
        ("She is non-compliant, not compliant.", ["non-compliant", "compliant"]),
        ("Patience and cleaning help.", []),
        ("", []),
    ],
)
def test_a_word_of_the_list_is_found_whole_and_once(text: str, found: list[str]) -> None:
    assert [hint.found.removesuffix("s").removesuffix("S") for hint in hints(text)] == found


def test_each_hint_says_what_to_say_instead() -> None:
    (hint,) = hints("A relapse", "is no failure")

    assert hint.say == "return to use"
