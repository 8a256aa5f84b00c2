"""What the portal writes to its log: the name of an event, where it happened and opaque ids, never a word of anybody's.

Libraries put addresses, SQL values and tokens into their messages and errors, so of theirs only the name, the
kind of error and the places in the code are kept. Standard output stays free for what commands answer.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Any

import structlog
from flask import has_request_context, request
from flask.logging import wsgi_errors_stream
from structlog.types import EventDict, ExcInfo, Processor, WrappedLogger

# What an event may say beside its name. Ids are those of rows, which mean nothing outside the database.
SAID = {"event", "level", "timestamp", "endpoint", "exception", "email", "attempt", "for_good", "kind"}
INNERMOST = 12


def init() -> None:
    """Send every log of this process to standard error, a line of JSON each. Calling it again changes nothing."""
    root = logging.getLogger()
    if any(isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter) for handler in root.handlers):
        return
    of_all: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_kind_and_places),
        _endpoint,
        _only_what_may_be_said,
    ]
    structlog.configure(
        processors=[*of_all, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(wsgi_errors_stream)  # type: ignore[call-overload]
    handler.setLevel(logging.WARNING)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_name_of_the_library, *of_all],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root.addHandler(handler)


def _kind_and_places(exc_info: ExcInfo) -> list[str]:
    """An error without its message and its locals: both hold what people wrote."""
    frames = traceback.extract_tb(exc_info[2])[-INNERMOST:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return [exc_info[0].__name__, *places]


def _name_of_the_library(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    event["event"] = f"{record.name} {record.module}:{record.lineno}"
    if record.exc_info and record.exc_info[0]:
        event["exc_info"] = record.exc_info
    return event


def _endpoint(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    # Not the path: it may hold a token.
    if has_request_context():
        event["endpoint"] = request.endpoint
    return event


def _only_what_may_be_said(logger: WrappedLogger, method: str, event: EventDict) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key in SAID or key.startswith("_")}
