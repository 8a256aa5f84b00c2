"""Many browsers at once: each keeps its cookie, reads forms off its pages and sends them; all let go together."""

from __future__ import annotations

import asyncio
import http.client
import io
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any, TypeVar
from urllib.parse import urlencode

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, TestResponse

from tests.storms.clinic import AGENT
from tests.storms.pages import Form

# Nobody waits longer than this for an answer; where it is not enough, something hangs.
PATIENCE = 300.0

T = TypeVar("T")


class NoAnswer(Exception):
    """The server went away before its answer was whole."""


@dataclass
class Browser:
    """A signed-in browser. Every request has a connection of its own."""

    port: int
    cookie: str

    async def open(self, path: str) -> TestResponse:
        return await self._ask("GET", path, {}, None)

    async def send(self, form: Form, together: asyncio.Barrier | None = None) -> TestResponse:
        """Send a form; with `together`, at the moment when everybody else at the barrier is connected too."""
        return await self._ask("POST", *form, together)

    async def _ask(
        self, method: str, path: str, fields: dict[str, Any], together: asyncio.Barrier | None
    ) -> TestResponse:
        body = urlencode(fields).encode()
        asked = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUser-Agent: {AGENT}\r\n"
            f"Cookie: {self.cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        ).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            if together is not None:
                await together.wait()
            began = time.perf_counter()
            writer.write(asked + body)
            said = await asyncio.wait_for(reader.read(), PATIENCE)
        except ConnectionError as gone:
            raise NoAnswer from gone
        finally:
            writer.close()
        answer = _answer(said, method, path)
        answer.seconds = time.perf_counter() - began  # type: ignore[attr-defined]
        self._keep_cookie(answer)
        return answer

    def _keep_cookie(self, answer: TestResponse) -> None:
        for line in answer.headers.getlist("Set-Cookie"):
            for name, value in SimpleCookie(line).items():
                if self.cookie.startswith(f"{name}="):
                    self.cookie = f"{name}={value.coded_value}"


class _Said(io.BytesIO):
    """What came over a connection, as http.client wants to read it."""

    def makefile(self, mode: str) -> io.BytesIO:
        return self


def _answer(said: bytes, method: str, path: str) -> TestResponse:
    response = http.client.HTTPResponse(_Said(said), method=method)  # type: ignore[arg-type]
    try:
        response.begin()
        body = response.read()
    except (http.client.HTTPException, ConnectionError) as cut:
        raise NoAnswer from cut
    request = EnvironBuilder(path=path, method=method).get_request()
    return TestResponse([body], f"{response.status} {response.reason}", Headers(response.getheaders()), request)


def all_at_once(acts: Iterable[Callable[[asyncio.Barrier], Awaitable[T]]]) -> list[T]:
    """Let everybody act, each with the barrier at which they wait for one another."""
    waiting = list(acts)

    async def run() -> list[T]:
        together = asyncio.Barrier(len(waiting))
        return list(await asyncio.gather(*(act(together) for act in waiting)))

    return asyncio.run(run()) if waiting else []


def each(acts: Iterable[Awaitable[T]], most: int = 16) -> list[T]:
    """Do something for everybody, a few at a time."""

    async def run() -> list[T]:
        few = asyncio.Semaphore(most)

        async def one(act: Awaitable[T]) -> T:
            async with few:
                return await act

        return list(await asyncio.gather(*(one(act) for act in acts)))

    return asyncio.run(run())
