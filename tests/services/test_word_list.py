"""Words that hurt get a hint, other words do not."""

from __future__ import annotations

import pytest

from portal.services.word_list import hints, swapped


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


@pytest.mark.parametrize(
    ("text", "word", "swapped_text"),
    [
        ("An addict, addicts", "addict", "A person with an addiction, people with an addiction"),
        ("[Her](/guides/addict)", "addict", "[Her](/guides/addict)"),
        ("Addicts call. Rehab ends.", "Addicts", "People with an addiction call. Rehab ends."),
        ("A detox", "detox", "An alcohol or drug treatment"),
        ("Two detoxs", "detox", "Two detoxs"),
        ("A drug test", "drug test", "A drug test"),
        ("Her words", "words", "Her words"),
    ],
)  # fmt: skip
def test_a_word_is_swapped_with_its_article_where_that_reads_well(text: str, word: str, swapped_text: str) -> None:
    assert swapped(text, word) == swapped_text


def test_only_what_reads_well_is_offered_as_a_swap() -> None:
    assert [hint.swap for hint in hints("an addict", "drug test", "some clients")] == [
        "person with an addiction",
        None,
        "people in treatment",
    ]
