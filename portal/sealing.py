"""Seals bytes that stand in the database, so that a stolen copy of it cannot be read (AES-256-GCM)."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

NONCE = 12


class CannotOpen(RuntimeError):
    """None of the keys opens this, or it was sealed for another row."""


def seal(content: bytes, *, row: str) -> bytes:
    """`content` sealed with the newest key, for one row: moved into another it does not open."""
    nonce = os.urandom(NONCE)
    return nonce + _ciphers()[0].encrypt(nonce, content, row.encode())


def unseal(sealed: bytes, *, row: str) -> bytes:
    """What was sealed for `row` with any of the keys. Raises CannotOpen."""
    for cipher in _ciphers():
        try:
            return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], row.encode())
        except (InvalidTag, ValueError):
            continue
    raise CannotOpen(f"No key in PORTAL_KEYS opens {row}.")


def _ciphers() -> list[AESGCM]:
    given = [key.strip() for key in current_app.config["SETTINGS"].keys.split(",")]
    # The secret key comes last: what was sealed before there were keys of their own still opens.
    return [AESGCM(_derived(key)) for key in (*given, current_app.config["SECRET_KEY"]) if key]


def _derived(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"portal: sealed columns").derive(key.encode())
