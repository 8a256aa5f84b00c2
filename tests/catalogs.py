"""Checks that the Spanish catalog has every word of the pages and emails, with the same placeholders."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
SPANISH = ROOT / "portal" / "translations" / "es" / "LC_MESSAGES" / "messages.po"
METHODS = [("portal/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "_l": None, "_n": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def words_in_use() -> Catalog:
    """Every string that a page or an email takes from the catalogs."""
    catalog = Catalog()
    options = {"**": {"silent": "false", "trimmed": "true"}}
    for _, _, message, _, _ in extract_from_dir(str(ROOT), METHODS, options, keywords=KEYWORDS):
        catalog.add(message)
    return catalog


def spanish() -> Catalog:
    """The Spanish catalog as committed."""
    return read_po(io.BytesIO(SPANISH.read_bytes()))


def problems() -> list[str]:
    """One sentence for each word that is missing, empty, fuzzy, unused or has other placeholders."""
    used, translated = words_in_use(), spanish()
    found = ["the whole catalog is marked as fuzzy: it would not be compiled"] if translated.fuzzy else []
    for message in used:
        twin = translated.get(message.id) if message.id else None
        if message.id and (twin is None or not _strings(twin) or not all(_strings(twin))):
            found.append(f"no Spanish for {message.id!r}")
        elif twin is not None and twin.fuzzy:
            found.append(f"fuzzy: {message.id!r}")
        elif twin is not None and not _same_placeholders(message, twin):
            found.append(f"other placeholders in the Spanish of {message.id!r}")
    found += [f"nobody says {twin.id!r} any more" for twin in translated if twin.id and used.get(twin.id) is None]
    return found


def _strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (list, tuple)) else [message.string]


def _same_placeholders(message: Message, twin: Message) -> bool:
    plural = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
    wanted = set(PLACEHOLDER.findall(plural[-1]))
    return all(
        set(PLACEHOLDER.findall(text)) <= wanted | set(PLACEHOLDER.findall(plural[0])) for text in _strings(twin)
    ) and (set(PLACEHOLDER.findall(_strings(twin)[-1])) == wanted)


if __name__ == "__main__":
    found = problems()
    print("\n".join(found) or f"The Spanish catalog is complete: {len(words_in_use())} entries.")
    sys.exit(bool(found))
