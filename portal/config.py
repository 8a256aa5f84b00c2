"""Every setting, its default and why; a bad one stops the start and is named."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

PREFIX = "PORTAL_"

# Known to everyone who reads this file, so it opens nothing outside a demo or a test.
NOT_A_SECRET = "the demo and the tests need no secret, a clinic does"


class BadSetting(SystemExit):
    """The start is refused; the message names the setting."""


class Settings(BaseModel):
    """What the environment says, checked. Field `x` is set by `PORTAL_X`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Production until somebody says otherwise: forgetting this setting must never open a door.
    mode: Literal["production", "demo", "test"] = "production"
    # One file beside the program: a small clinic needs no database server.
    database_url: str = "sqlite:///instance/portal.db"
    # Empty means one process: rate limits and the postman's doorbell live in memory.
    redis_url: str = ""
    # Empty means mail waits in the outbox; /readyz says so.
    smtp_url: str = ""
    # How many emails may leave for one domain in a minute, over all postmen; 0: as many as there are.
    mail_per_minute: int = Field(default=0, ge=0)
    # Addresses and @domains, separated by commas: in test mode mail goes to these and to nobody else.
    mail_only_to: str = ""
    # The Maildir or mbox into which the mail server puts what comes to bounce+…@ and unsubscribe+…@; empty: nobody
    # reads that, and letters name neither.
    bounces: str = ""
    secret_key: str = ""
    # Keys for what is sealed in the database, newest first, separated by commas: the first one seals, all of them
    # open. Empty means that the key is made from the secret key.
    keys: str = ""
    base_url: str = "http://127.0.0.1:5000"
    # The outside name must not say recovery, addiction or clinic: it stands in every mailbox.
    public_name: str = "Family Portal"
    legal_name: str = ""
    time_zone: str = "America/Chicago"
    # Whoever a free time is offered to from the waiting list has this long to take it; a day has an evening in it.
    offer_hours: int = Field(default=24, ge=1, le=168)
    # A file whose one line is "now". Tests and the demo only.
    clock_file: Path | None = None

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"{zone!r} is not an IANA time zone. Write it like America/Chicago.")
        return zone

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
        return url

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return url

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
            raise ValueError("must look like smtp://user:password@host:port or smtps://…")
        if url:
            parts.port  # noqa: B018  raises ValueError when the port is no number
        return url

    @field_validator("mail_only_to")
    @classmethod
    def _are_addresses(cls, listed: str) -> str:
        for one in filter(None, (part.strip() for part in listed.split(","))):
            name, at, domain = one.rpartition("@")
            if not at or not domain or "@" in name or " " in one:
                raise ValueError(f"{one!r} is neither an address nor a domain. Write dana@example.org or @example.org.")
        return listed

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must look like https://portal.example.org")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _production_is_strict(self) -> Settings:
        if self.mode != "production":
            return self
        if len(self.secret_key) < 32:
            raise ValueError("PORTAL_SECRET_KEY must have at least 32 characters in production")
        if self.clock_file is not None:
            raise ValueError("PORTAL_CLOCK_FILE is for the demo and for tests; the production clock is the real one")
        if not self.base_url.startswith("https://"):
            raise ValueError("PORTAL_BASE_URL must begin with https:// in production")
        return self

    @property
    def secure(self) -> bool:
        """Whether the browser reaches us over TLS."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The neutral host name that stands in links and in Message-IDs."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def only_to(self) -> frozenset[str]:
        """Where alone mail may go, in small letters; empty: anywhere."""
        return frozenset(filter(None, (part.strip().lower() for part in self.mail_only_to.split(","))))

    def for_flask(self) -> dict[str, Any]:
        """The same settings under the names that Flask and its extensions read."""
        mail = urlsplit(self.smtp_url)
        return {
            "SETTINGS": self,
            "TESTING": self.mode == "test",
            "SECRET_KEY": self.secret_key or NOT_A_SECRET,
            "SQLALCHEMY_ENGINES": {"default": self.database_url},
            "SESSION_COOKIE_NAME": "__Host-portal" if self.secure else "portal",
            "SESSION_COOKIE_SECURE": self.secure,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_PROTECTION": "strong",
            "MAX_CONTENT_LENGTH": 1024 * 1024,
            "WTF_CSRF_TIME_LIMIT": None,
            "WTF_CSRF_SSL_STRICT": False,  # it needs a Referer, and our pages send none
            "MAIL_SERVER": mail.hostname or "",
            "MAIL_PORT": mail.port or (465 if mail.scheme == "smtps" else 25),
            "MAIL_USE_SSL": mail.scheme == "smtps",
            "MAIL_USERNAME": unquote(mail.username) if mail.username else None,
            "MAIL_PASSWORD": unquote(mail.password) if mail.password else None,
            "MAIL_SUPPRESS_SEND": False,  # Flask-Mail would send nothing in a test, and the postman call it sent
            "MAIL_DEFAULT_SENDER": (self.public_name, f"no-reply@{self.host}"),
            "RATELIMIT_STORAGE_URI": self.redis_url.replace("unix://", "redis+unix://", 1) or "memory://",
            "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1} if self.redis_url else {},
            "RATELIMIT_ENABLED": self.mode != "test",
            "RATELIMIT_SWALLOW_ERRORS": True,  # with Redis down people still sign in and stop sharing
            "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
            "BABEL_DEFAULT_TIMEZONE": self.time_zone,
            "BABEL_TRANSLATION_DIRECTORIES": str(Path(__file__).parent / "translations"),
            **SECURITY,
        }


# Flask-Security: sign in, sign out and a new password; accounts begin with an invitation only.
SECURITY: dict[str, Any] = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SALT": "argon2 brings its own",
    "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
    "SECURITY_PASSWORD_LENGTH_MIN": 12,
    "SECURITY_PASSWORD_COMPLEXITY_CHECKER": "zxcvbn",
    "SECURITY_PASSWORD_CHECK_BREACHED": None,
    "SECURITY_REGISTERABLE": False,
    "SECURITY_RECOVERABLE": True,
    "SECURITY_CHANGEABLE": False,
    "SECURITY_TRACKABLE": False,  # no addresses of relatives' machines are kept
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_LOGIN_URL": "/sign-in",
    "SECURITY_LOGOUT_URL": "/sign-out",
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_LOGOUT_CSRF": True,
    "SECURITY_RESET_URL": "/new-password",
    "SECURITY_RESET_PASSWORD_WITHIN": "15 minutes",
    "SECURITY_POST_LOGIN_VIEW": "/",
    "SECURITY_POST_LOGOUT_VIEW": "/signed-out",
    "SECURITY_POST_RESET_VIEW": "/sign-in",
    "SECURITY_AUTO_LOGIN_AFTER_RESET": False,
    "SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL": True,
    "SECURITY_DEFAULT_REMEMBER_ME": False,
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
    "SECURITY_EMAIL_SENDER": "no-reply",
    "SECURITY_FLASH_MESSAGES": False,
    "SECURITY_USE_VERIFY_PASSWORD_CACHE": False,
    "SECURITY_JOIN_USER_ROLES": False,
}


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in `environ` (the process's own by default).

    `PORTAL_X_FILE` names a file that holds the value of `PORTAL_X`, so that secrets stay out of the
    environment. Raises BadSetting, which ends the process with a sentence that names the setting.
    """
    environ = os.environ if environ is None else environ
    given: dict[str, str] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or not value:
            continue
        field = name.removeprefix(PREFIX).lower()
        if field.endswith("_file") and field != "clock_file":
            try:
                given[field.removesuffix("_file")] = Path(value).read_text(encoding="utf-8").strip()
            except OSError as cannot:
                raise BadSetting(f"{name}: cannot read {value} ({cannot.strerror}).") from None
        else:
            given.setdefault(field, value)
    try:
        return Settings.model_validate(given)
    except ValidationError as wrong:
        raise BadSetting("\n".join(_in_words(error) for error in wrong.errors())) from None


def _in_words(error: Any) -> str:
    reason = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return str(reason)
    name = PREFIX + str(error["loc"][0]).upper()
    if error["type"] == "extra_forbidden":
        return f"{name}: there is no such setting. Look for a spelling mistake."
    return f"{name}: {reason}"
