"""The code that travels by voice: two common words and four digits, easy to say and to type."""

from __future__ import annotations

import hmac
import re
from functools import cache

from xkcdpass import xkcd_password

from portal.consent.invitations import keyed
from portal.models import Invitation
from portal.services import word_list

# Words of the list that would say too much over the phone, or that nobody wants to read out.
NOT_THESE = frozenset(
    """
    acid affair alibi anemia arousal arrest arson badass barmaid battery bladder body bogus bootie bootleg bribe
    broken bust captive casket chemo choking chubby chump clinic coma commode condone coroner crazed crazily
    crazy crimp culprit cupping curable curing cussed custody darn dealer dealing deceit defame defraud demise
    deport depress despair deviant dork dosage dose douche drank drown dwarf dweeb ethanol exile failing fascism
    fetal flaccid gallows geek getaway gigolo girdle gloomy gonad gore graves grief groggy groin grope guzzler
    handgun hangout hankie hate hatred haunt hazing hemlock hurt husband idiocy impale impure jailer judge
    jugular junkie junkman jury kissing latrine liqueur lumpish lunacy lung lusty maimed manhunt marxism moaner
    moaning moocher mourner mummy nerd nutcase opium outcast ovary parole pelvis perjury poison police prison
    profane prozac psychic pummel pusher racism rectal remorse reshoot ritalin sadness scarily sedate seduce
    septic shame shrink sinner skinny slain slang slug smite smoked smoking sterile stinky stoning strike stupor
    suing sulfate sullen sultry suspect tavern theft thong thrash trance treason twerp undead undress unwed
    urology valium vice villain violate voucher widow wife wimp womb zombie
    """.split()  # noqa: SIM905  a list to read
)

DIGITS = 10_000


@cache
def words() -> list[str]:
    """Words that anybody may hear, easy to say and to spell."""
    # The long list of the EFF: chosen to be common, to be told apart, and to be spelled as they sound.
    listed = xkcd_password.generate_wordlist(xkcd_password.locate_wordfile("eff-long"), min_length=4, max_length=7)
    return [word for word in listed if word.isalpha() and word not in NOT_THESE and not word_list.hints(word)]


def code_of(invitation: Invitation) -> str:
    """The code of an invitation, such as MAPLE-RIVER-4271: some 37 bits, drawn like its link and kept nowhere."""
    number = int.from_bytes(keyed("invitation code", invitation.ref), "big")
    number, digits = divmod(number, DIGITS)
    number, first = divmod(number, len(words()))
    second = number % len(words())
    return f"{words()[first]}-{words()[second]}-{digits:04}".upper()


def code_hash(typed: str) -> str:
    """What is kept of a code, however it was typed: case, spaces and hyphens do not matter."""
    return keyed("invitation code hash", re.sub(r"[^A-Z0-9]", "", typed.upper())).hex()


def is_code_of(invitation: Invitation | None, typed: str) -> bool:
    """Whether `typed` is the code, in the time it takes to say no."""
    kept = invitation.code_hash if invitation is not None else code_hash("no invitation")
    return hmac.compare_digest(code_hash(typed), kept) and invitation is not None
