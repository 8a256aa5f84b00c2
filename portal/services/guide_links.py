"""Where a guide may lead: to pages of the portal, to a number, and to https elsewhere, as it stands there to read."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from markdown_it.token import Token

INSIDE = "inside a link"
OURS = re.compile(r"(/[a-z0-9-]+)+(#[a-z0-9-]+)?|/|#[a-z0-9-]+")
NUMBER = re.compile(r"(tel|sms):\+?[0-9][0-9-]{1,19}")
# Letters, numbers and hyphens: letters of another alphabet look like ours, and a name before an @ looks like a host.
HOST = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
AS_IT_STANDS = re.compile(r"[!#-;=?-\[\]_a-z~]+")


def leads(address: str) -> bool:
    """Whether a link with this address is one that a guide may have."""
    return bool(OURS.fullmatch(address) or NUMBER.fullmatch(address)) or leads_elsewhere(address)


def leads_elsewhere(address: str) -> bool:
    """Whether this is the address of a page on another site that a reader may be sent to."""
    if not AS_IT_STANDS.fullmatch(address) or not address.startswith("https://"):
        return False
    try:
        host = urlsplit(address).netloc.lower()
    except ValueError:
        return False
    return HOST.fullmatch(host) is not None and not any(part.startswith("xn--") for part in host.split("."))


def tidy(block: Token) -> None:
    """Take out of a line the links that lead nowhere or have no words, and mark what stands inside the others."""
    kept: list[Token] = []
    begun: list[int] = []
    for part in block.children or ():
        if part.type == "link_open":
            begun.append(len(kept))
            kept.append(part)
        elif part.type == "link_close" and begun:
            start = begun.pop()
            address = str(kept[start].attrGet("href"))
            if leads(address) and any(inside.content.strip() for inside in kept[start:]):
                if leads_elsewhere(address):
                    kept[start].attrSet("rel", "noreferrer")
                kept.append(part)
            else:
                del kept[start]
                for inside in kept[start:]:
                    inside.meta.pop(INSIDE, None)
        else:
            if begun:
                part.meta[INSIDE] = True
            kept.append(part)
    if block.children is not None:
        block.children = kept
