"""The declarative base, its column types, and the mark that says how secret a column is."""

from __future__ import annotations

import datetime as dt
import secrets
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, MetaData, String, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Ten letters and digits that read well aloud: no vowels, so no words; no 0, 1, l or o to mistake.
REF_LETTERS = "23456789bcdfghjkmnpqrstvwxz"
REF_LENGTH = 10


class Label(StrEnum):
    """Who a column is for. A test fails when a column has none."""

    KEY = "key"  # joins rows; never leaves the server
    PUBLIC = "public"  # anybody may read it
    SHARED = "shared"  # a relative may read it under a live consent
    OWN = "own"  # only the person it belongs to, and the care team
    STAFF = "staff"  # the care team only
    RULE = "rule"  # decides what is shown, is never shown itself
    SECRET = "secret"  # nobody reads it


class Base(DeclarativeBase):
    """Everything we remember."""

    metadata = MetaData(naming_convention=NAMES)


class ReadOnly:
    """Mixed into classes that show rows and never write them."""


class Instant(TypeDecorator[dt.datetime]):
    """A moment: aware and in UTC in Python; without an offset in SQLite, which has no type for it."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment needs a time zone.")
        utc = value.astimezone(dt.UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)


def new_ref() -> str:
    """A random label of ten letters and digits."""
    return "".join(secrets.choice(REF_LETTERS) for _ in range(REF_LENGTH))


def labelled(label: Label, *args: Any, **kwargs: Any) -> Any:
    """A mapped column with its secrecy label."""
    return mapped_column(*args, info={"label": label}, **kwargs)


def key(*args: Any, **kwargs: Any) -> Any:
    """A column that joins rows."""
    return labelled(Label.KEY, *args, **kwargs)


def public(*args: Any, **kwargs: Any) -> Any:
    """A column anybody may read."""
    return labelled(Label.PUBLIC, *args, **kwargs)


def shareable(*args: Any, **kwargs: Any) -> Any:
    """A column a relative may read while a consent for it is live."""
    return labelled(Label.SHARED, *args, **kwargs)


def own(*args: Any, **kwargs: Any) -> Any:
    """A column for the person it belongs to, and the care team."""
    return labelled(Label.OWN, *args, **kwargs)


def staff_only(*args: Any, **kwargs: Any) -> Any:
    """A column for the care team."""
    return labelled(Label.STAFF, *args, **kwargs)


def rule(*args: Any, **kwargs: Any) -> Any:
    """A column that decides what is shown and is never shown itself."""
    return labelled(Label.RULE, *args, **kwargs)


def secret(*args: Any, **kwargs: Any) -> Any:
    """A column nobody reads."""
    return labelled(Label.SECRET, *args, **kwargs)


class HasId:
    """A number of our own; it never leaves the server."""

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-2, info={"label": Label.KEY})


class HasRef(HasId):
    """A random label, from which each viewer's own address for the row is made."""

    ref: Mapped[str] = mapped_column(
        String(REF_LENGTH), unique=True, default=new_ref, sort_order=-1, info={"label": Label.KEY}
    )


class Imported:
    """A row that another system may have given us, under that system's own id."""

    external_id: Mapped[str | None] = mapped_column(
        String(200), unique=True, sort_order=-1, info={"label": Label.STAFF}
    )
