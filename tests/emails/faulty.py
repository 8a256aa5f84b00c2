"""A bad line to a good mail server: a proxy that refuses, resets, hangs, drips or cuts, until it is told to pass."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

THE_DOT = b"\r\n.\r\n"
AT_ONCE = struct.pack("ii", 1, 0)  # closed so, a socket says RST instead of goodbye


class Cut(Exception):
    """The line goes dead for both at this moment."""


class Talk:
    """One conversation through the proxy, passed on as it is. The faults are its subclasses."""

    def __init__(self, line: Line, postman: socket.socket) -> None:
        self.line = line
        self.postman = postman
        self.is_letter = self.had_its_dot = False

    def go_on(self) -> None:
        with socket.create_connection(("127.0.0.1", self.line.server_port)) as server:
            while True:
                for one in select.select([self.postman, server], [], [])[0]:
                    said = one.recv(65536)
                    if not said:
                        return
                    if one is server:
                        self.to_postman(said)
                    else:
                        self.note(said)
                        self.to_server(said, server)

    def note(self, said: bytes) -> None:
        """Know where in the conversation this is: the postman speaks again only when answered."""
        self.had_its_dot = self.is_letter and said.endswith(THE_DOT)
        if said.upper().startswith(b"DATA\r\n"):
            self.is_letter = True
        elif self.had_its_dot:
            self.is_letter = False

    def to_server(self, said: bytes, server: socket.socket) -> None:
        server.sendall(said)

    def to_postman(self, said: bytes) -> None:
        self.postman.sendall(said)


class Resets(Talk):
    """Hangs up rudely before a word."""

    def go_on(self) -> None:
        raise Cut


class ResetsInTheLetter(Talk):
    """Passes half a letter on, then both sides hear that the line is dead."""

    def to_server(self, said: bytes, server: socket.socket) -> None:
        if self.had_its_dot or (self.is_letter and not said.upper().startswith(b"DATA")):
            server.sendall(said[: len(said) // 2])
            raise Cut
        super().to_server(said, server)


class Hears(Talk):
    """Accepts, and says nothing for ever."""

    def go_on(self) -> None:
        while self.postman.recv(65536):
            pass


class Drips(Talk):
    """Passes every answer on byte by byte, so that no single read is ever late."""

    def to_postman(self, said: bytes) -> None:
        for byte in said:
            self.postman.sendall(bytes([byte]))
            time.sleep(0.2)


class DripsAfterTheDot(Talk):
    """The letter is accepted, and the answer does not come to its end. So it goes a few times only."""

    def to_postman(self, said: bytes) -> None:
        if self.had_its_dot and self.line.once_more():
            while True:
                self.postman.sendall(b"2")
                time.sleep(0.1)
        super().to_postman(said)


class CutsAfterTheDot(Talk):
    """The letter is accepted, and nobody hears of it."""

    def to_postman(self, said: bytes) -> None:
        if self.had_its_dot:
            raise Cut
        super().to_postman(said)


class HangsUpBetweenLetters(Talk):
    """Takes one letter, and is gone before the next."""

    had_one = False

    def to_server(self, said: bytes, server: socket.socket) -> None:
        self.had_one |= self.had_its_dot
        if self.had_one and said.upper().startswith(b"MAIL"):
            self.postman.sendall(b"421 going down for the night\r\n")
            self.postman.shutdown(socket.SHUT_WR)
            raise Cut
        super().to_server(said, server)


class Line:
    """The way to the mail server at `server_port`; `talk` says how it is at the moment, None that nobody listens."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.port = 0
        self.talk: type[Talk] | None = Talk
        self.left = 0
        self.conversations = 0
        self._listening: socket.socket | None = None
        self._callers: list[socket.socket] = []

    def becomes(self, talk: type[Talk] | None, times: int = 2) -> None:
        """From now on the line is like that; what asks `once_more` is so only for some letters."""
        self.talk, self.left = talk, times
        self.close() if talk is None else self.open()

    def once_more(self) -> bool:
        self.left -= 1
        return self.left >= 0

    def open(self) -> None:
        if self._listening is None:
            self._listening = socket.create_server(("127.0.0.1", self.port))
            self.port = self._listening.getsockname()[1]
            threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def close(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)  # closing alone does not wake who waits in it
            listening.close()
        for caller in self._callers:
            with suppress(OSError):
                caller.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            self._callers.append(caller)
            self.conversations += 1
            talk = self.talk or Resets
            threading.Thread(target=_hold, args=(talk(self, caller).go_on, caller), daemon=True).start()


def _hold(conversation: Callable[[], None], caller: socket.socket) -> None:
    with caller:
        try:
            conversation()
        except Cut:
            with suppress(OSError):
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        except OSError:  # one of them hung up
            pass


@contextmanager
def bad_line(server_port: int) -> Iterator[Line]:
    """A line to that mail server, good until it is told otherwise."""
    line = Line(server_port)
    line.open()
    try:
        yield line
    finally:
        line.close()
