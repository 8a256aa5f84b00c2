"""The doorbell: Huey tells the postman that something was queued. The outbox is the truth, not the queue."""

from __future__ import annotations

import atexit
import datetime as dt
import logging
import os
import threading
import time
from collections.abc import Callable

import structlog
from flask import Flask
from huey import Huey, MemoryHuey, RedisHuey, crontab
from huey.consumer import Consumer
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.config import Settings
from portal.emails import bounces, delivery
from portal.services import booking_sweep, carrying_on, endings, unsubscribe_mail, update_plans, weekly_lists

log = structlog.get_logger()

# How often `flask deliver` looks into the outbox without being rung for.
SWEEP_EVERY = dt.timedelta(seconds=5)
# A broken doorbell is not tried again for this long, so that posting never waits for it.
SILENT_FOR = dt.timedelta(seconds=30)
# How long the process waits at its end for the letter that is being handed over.
PATIENCE = dt.timedelta(seconds=3)


class EmbeddedConsumer(Consumer):
    """Huey's consumer inside another process, which keeps its own signal handlers."""

    def _set_signal_handlers(self) -> None:
        pass

    def end(self) -> None:
        """Stop after the letter in hand, and wait for that no longer than PATIENCE."""
        self.stop_flag.set()
        deadline = time.monotonic() + PATIENCE.total_seconds()
        for _, thread in self.worker_threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))


class Doorbell:
    """Rings for the postman. A lost ring is found by the sweep, so it may fail, but never be waited for."""

    def __init__(self, ring: Callable[[], object]) -> None:
        self._ring = ring
        self._silent_until = 0.0

    def __call__(self) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            self._ring()
        except Exception as trouble:
            self._silent_until = time.monotonic() + SILENT_FOR.total_seconds()
            log.warning("doorbell.silent", kind=type(trouble).__name__)


def init_app(app: Flask) -> None:
    """Give the application its queue, its doorbell and, where no Redis is set, its own postman."""
    settings: Settings = app.config["SETTINGS"]
    logging.getLogger("huey").setLevel(logging.CRITICAL)  # a queue that is down is no news: the sweep goes on
    huey = _make_huey(settings)
    app.extensions["huey"] = huey
    bounces.READERS["unsubscribe"] = unsubscribe_mail.read

    @huey.task()  # type: ignore[untyped-decorator]
    def deliver_due() -> None:
        make_a_pass(app, _is_ending(app))

    @huey.periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
    def sweep() -> None:
        deliver_due.call_local()

    runs_here = not settings.redis_url and settings.mode != "test"
    if runs_here or settings.redis_url:
        app.extensions["doorbell"] = Doorbell(deliver_due)
    if runs_here:
        _start_with_the_first_request(app, huey)


def make_a_pass(app: Flask, should_stop: Callable[[], bool]) -> None:
    """Read what came back, queue what its day has come for, carry the schedule on, let go and offer times, deliver.

    Trouble is left to the next pass.
    """
    acts = (
        bounces.now_and_then, endings.now_and_then, update_plans.now_and_then, weekly_lists.now_and_then,
        carrying_on.now_and_then, booking_sweep.now_and_then,
    )  # fmt: skip
    for act in (*acts, lambda: delivery.deliver(should_stop)):
        try:
            with app.app_context():
                act()
        except Exception as trouble:
            log.warning("postman.stumbled", kind=type(trouble).__name__)


def serve(app: Flask, stop: threading.Event) -> None:
    """Be the postman until `stop` is set: look into the outbox every few seconds, and at once when rung for.

    The sweep is this process's own and needs no queue, so mail leaves with Redis down too.
    """
    consumer = None
    if app.config["SETTINGS"].redis_url:
        consumer = _start(app, app.extensions["huey"], periodic=False)
    try:
        while not stop.is_set():
            make_a_pass(app, stop.is_set)
            _rest(stop)
    finally:
        if consumer is not None:
            consumer.end()


def _rest(stop: threading.Event) -> None:
    # In slices: a signal that the kernel gives to another thread is seen only when this one wakes.
    until = time.monotonic() + SWEEP_EVERY.total_seconds()
    while time.monotonic() < until and not stop.wait(1):
        pass


def _make_huey(settings: Settings) -> Huey:
    if not settings.redis_url:
        return MemoryHuey("portal", results=False)
    pool = ConnectionPool.from_url(
        settings.redis_url, socket_connect_timeout=1, socket_timeout=3, retry=Retry(NoBackoff(), 0)
    )
    return RedisHuey("portal", connection_pool=pool, results=False)


def _start_with_the_first_request(app: Flask, huey: Huey) -> None:
    # Not earlier: a server that forks its workers would leave the threads behind.
    lock = threading.Lock()

    @app.before_request
    def start() -> None:
        if app.extensions.get("postman_of") == os.getpid():
            return
        with lock:
            if app.extensions.get("postman_of") == os.getpid():
                return
            app.extensions["postman_of"] = os.getpid()
            atexit.register(_start(app, huey, periodic=True).end)
            app.extensions["doorbell"]()


def _start(app: Flask, huey: Huey, *, periodic: bool) -> EmbeddedConsumer:
    consumer = EmbeddedConsumer(huey, workers=1, periodic=periodic, initial_delay=0.05, max_delay=0.5)
    app.extensions["postman"] = consumer
    consumer.start()
    return consumer


def _is_ending(app: Flask) -> Callable[[], bool]:
    def is_ending() -> bool:
        consumer: EmbeddedConsumer | None = app.extensions.get("postman")
        return consumer is not None and consumer.stop_flag.is_set()

    return is_ending
