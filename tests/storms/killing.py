"""Kills a process just before the nth write, sync, send or receive it makes, by Linux's ptrace and nothing else.

A thread of ours follows every thread of the process from system call to system call. Such a call has not begun
when the process dies, so the first kill comes before anything, and one kill after the last finds all done.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

# By machine: the numbers of the calls that carry something out of a process, or in from elsewhere.
NUMBERS = {
    "x86_64": {
        "write": 1, "pwrite64": 18, "writev": 20, "msync": 26, "sendfile": 40, "sendto": 44, "recvfrom": 45,
        "sendmsg": 46, "recvmsg": 47, "fsync": 74, "fdatasync": 75, "ftruncate": 77, "rename": 82, "unlink": 87,
        "unlinkat": 263, "sync_file_range": 277, "pwritev": 296, "sendmmsg": 307, "pwritev2": 328,
    },
    "aarch64": {
        "unlinkat": 35, "ftruncate": 46, "write": 64, "writev": 66, "pwrite64": 68, "pwritev": 70, "sendfile": 71,
        "fsync": 82, "fdatasync": 83, "sync_file_range": 84, "sendto": 206, "recvfrom": 207, "sendmsg": 211,
        "recvmsg": 212, "msync": 227, "sendmmsg": 269, "pwritev2": 287,
    },
}  # fmt: skip
# A thread that wakes another one of its own process tells nobody else.
ITS_OWN = ("pipe:", "anon_inode:")

SEIZE, INTERRUPT, NEXT_CALL, WHICH_CALL = 0x4206, 0x4207, 24, 0x420E
STOP_AT_CALLS, FOLLOW_THREADS = 0x1, 0x8
ENTERS = 1
A_CALL = signal.SIGTRAP | 0x80
ANY_THREAD_OF_OURS = 0x40000000 | 0x20000000  # __WALL | __WNOTHREAD
WAKE_UP = signal.SIGCONT  # means nothing to who is not stopped; PostgreSQL holds back others


class CannotTrace(OSError):
    """This machine lets no process follow another one."""


class Watch:
    """The calls that were seen, each as its name and what it was about; and whether the last one was prevented."""

    def __init__(self, pids: Sequence[int], nth: int) -> None:
        self.calls: list[str] = []
        self.killed = False
        self._nth = nth
        self._pids = pids
        self._names = {number: name for name, number in NUMBERS.get(platform.machine(), {}).items()}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._libc.ptrace.restype = ctypes.c_long
        self._threads: dict[int, int] = {}
        self._over = threading.Event()
        self._began = threading.Event()
        self._trouble: OSError | None = None
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __str__(self) -> str:
        last = self.calls[-1] if self.calls else "anything"
        return f"killed before call {len(self.calls)}, {last}" if self.killed else "nobody killed"

    def begin(self) -> None:
        self._thread.start()
        self._began.wait()
        if self._trouble is not None:
            raise CannotTrace(*self._trouble.args) from self._trouble

    def end(self) -> None:
        """Let go of the process. Once this thread of ours is gone, the kernel lets everything run as before."""
        self._over.set()
        for pid in self._pids:
            with suppress(ProcessLookupError):
                os.kill(pid, WAKE_UP)
        self._thread.join()

    def _follow(self) -> None:
        try:
            if not self._names:
                raise OSError(errno.ENOSYS, f"the numbers of system calls on {platform.machine()} are not known here")
            for pid in self._pids:
                with suppress(FileNotFoundError, ProcessLookupError):  # it has gone by itself
                    self._seize(pid)
        except OSError as trouble:
            self._trouble = trouble
            return
        finally:
            self._began.set()
        while True:
            try:
                thread, status = os.waitpid(-1, ANY_THREAD_OF_OURS)
            except ChildProcessError:
                return  # all of them are dead
            if not os.WIFSTOPPED(status):
                self._threads.pop(thread, None)
            elif self._over.is_set() and os.WSTOPSIG(status) == WAKE_UP:
                return
            else:
                self._go_on(thread, status)

    def _seize(self, pid: int) -> None:
        """Take hold of all threads, also of those that begin meanwhile."""
        while new := {int(one.name) for one in Path(f"/proc/{pid}/task").iterdir()} - self._threads.keys():
            for thread in new:
                self._ptrace(SEIZE, thread, STOP_AT_CALLS | FOLLOW_THREADS)
                self._ptrace(INTERRUPT, thread)
                self._threads[thread] = pid

    def _go_on(self, thread: int, status: int) -> None:
        stopped_by = os.WSTOPSIG(status)
        is_event = status >> 16 != 0
        if stopped_by == A_CALL and not self.killed and self._is_the_end(thread):
            self.killed = True
            os.kill(self._process_of(thread), signal.SIGKILL)
            return
        delivered = 0 if is_event or stopped_by in (A_CALL, WAKE_UP) else stopped_by
        with suppress(ProcessLookupError):  # it was killed meanwhile
            self._ptrace(NEXT_CALL, thread, delivered)

    def _is_the_end(self, thread: int) -> bool:
        said = ctypes.create_string_buffer(88)
        self._ptrace(WHICH_CALL, thread, len(said), said)
        if said.raw[0] != ENTERS:
            return False
        number, first = (int.from_bytes(said.raw[at : at + 8], "little") for at in (24, 32))
        if number not in self._names:
            return False
        about = self._about(thread, first)
        if about.startswith(ITS_OWN):
            return False
        self.calls.append(f"{self._names[number]} {about}")
        return len(self.calls) == self._nth

    def _about(self, thread: int, descriptor: int) -> str:
        try:
            return os.path.basename(os.readlink(f"/proc/{thread}/fd/{descriptor}"))
        except OSError:
            return ""

    def _process_of(self, thread: int) -> int:
        status = Path(f"/proc/{thread}/status").read_text(encoding="utf-8")
        return int(status.partition("Tgid:")[2].split()[0])

    def _ptrace(self, what: int, thread: int, number: int = 0, into: Any = None) -> None:
        # PTRACE_GET_SYSCALL_INFO takes a size and a place for the answer; the others a number as their last argument.
        address, data = (number, into) if into is not None else (0, number)
        if self._libc.ptrace(what, thread, address, data) == -1:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@contextmanager
def killed_before(nth: int, *pids: int) -> Iterator[Watch]:
    """Meanwhile, whichever of these processes comes to the nth call of them all dies before it; 0 kills nobody.

    Raises CannotTrace.
    """
    watch = Watch(pids, nth)
    watch.begin()
    try:
        yield watch
    finally:
        watch.end()
