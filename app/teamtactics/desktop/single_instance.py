"""One tray per user: the first start holds a lock and answers; another one asks it for its status and ends."""

from __future__ import annotations

import logging
import math
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property

# The lock is taken before the icon is shown, and on Windows that needs nothing else: what the ear needs comes with it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.connection import Listener
    from typing import Any

    from teamtactics.worker import Worker

log = logging.getLogger(__name__)

MUTEX_NAME = r"Local\teamtactics"
"""Held by the running tray; the installer looks for it. Local: one for each signed-in user."""

ANSWER_S = 5.0
"""So long the first start may take to answer."""
_ASK_AGAIN_S = 0.05
_LONGEST = 4096
_CLOSE = b"close"

Answer = Callable[[str], str]


class SingleInstance:
    """
    The lock and the ear of the first start.

    Args:
        env: Tells who the user is.

    Attributes:
        is_first: Whether this is the only one; it stays so until ``close``.

        worker: The thread that answers; None while nobody listens.

    Threads: ``close`` belongs to the one that made it; *answer* of ``listen`` is called in the thread ``listener``.
    """

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._listener: Listener | None = None
        self.worker: Worker | None = None
        self._lock: object | None = None
        self.is_first = self._take()

    def listen(self, answer: Answer) -> None:
        """Answer other starts from now on: *answer* gets a word such as ``show`` and returns one line."""
        from multiprocessing.connection import Listener
        from pathlib import Path

        from teamtactics.worker import Worker

        with suppress(FileNotFoundError, NotADirectoryError):
            if sys.platform != "win32":
                Path(self._address).unlink()  # left by one that was killed; the lock says that it is gone
        try:
            self._listener = Listener(self._address)
        except OSError as error:
            # Without an ear another start can still tell that it is not the first, only not more.
            log.warning("other starts of teamtactics cannot be answered: %s", error)
            return
        self.worker = Worker("listener", lambda _stop: self._serve(answer), 2 * ANSWER_S)
        self.worker.start()

    def close(self) -> None:
        """Stop to answer, and let the next start be the first."""
        if self.worker is not None:
            self.worker.end()
            # Nothing else wakes a thread that waits for a connection, on both systems.
            with suppress(OSError):
                ask_bytes(self._address, _CLOSE)
            self.worker.join(ANSWER_S)
        if self._listener is not None:
            self._listener.close()
        self._release()

    @cached_property
    def _address(self) -> str:
        return address(self._env)

    def _serve(self, answer: Answer) -> None:
        from teamtactics.worker import beat

        listener = self._listener
        assert listener is not None, "listen made it"
        while True:
            # Nobody may ever ask, so there is no limit to this.
            beat("waiting for another start", math.inf)
            try:
                with listener.accept() as connection:
                    beat("answering another start")
                    asked = _receive(connection)
                    if asked == _CLOSE:
                        return
                    if asked is not None:
                        connection.send_bytes(answer(asked.decode("ascii", "replace")).encode())
            except (OSError, EOFError) as error:
                log.debug("another start was not answered: %s", error)

    if sys.platform == "win32":

        def _take(self) -> bool:
            import ctypes

            kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
            kernel32.CreateMutexW.restype = ctypes.c_void_p
            kernel32.CreateMutexW.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_wchar_p)
            ctypes.set_last_error(0)
            handle = kernel32.CreateMutexW(None, False, MUTEX_NAME)
            already_exists = 183
            if handle and ctypes.get_last_error() == already_exists:
                kernel32.CloseHandle(ctypes.c_void_p(handle))
                return False
            # Without a handle (which no documented case brings about) rather two icons than none.
            self._lock = handle
            return True

        def _release(self) -> None:
            import ctypes

            if isinstance(self._lock, int):
                ctypes.WinDLL("kernel32").CloseHandle(ctypes.c_void_p(self._lock))
            self._lock = None

    else:

        def _take(self) -> bool:
            import fcntl
            from pathlib import Path

            path = Path(f"{self._address}.lock")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                # The file stays: removing it would let two starts hold the lock of two files of one name.
                file = path.open("w")
            except OSError:
                return True  # no place for it: rather two icons than none, and the store has a lock of its own
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                return False
            self._lock = file
            return True

        def _release(self) -> None:
            if self._lock is not None:
                self._lock.close()  # type: ignore[attr-defined]  # a file here
            self._lock = None


_LONGEST_NAME = 107
"""Bytes in the name of a socket; it can therefore not be in the data folder."""


def address(env: Mapping[str, str]) -> str:
    """Name the place where the first start of this user listens: a named pipe, elsewhere a socket."""
    import hashlib

    from teamtactics.settings.places import user_data_dir

    user = hashlib.sha256(str(user_data_dir(env, sys.platform)).encode()).hexdigest()[:12]
    if sys.platform == "win32":
        return rf"\\.\pipe\teamtactics-{user}"
    import tempfile
    from pathlib import Path

    name = f"teamtactics-{os.getuid()}-{user}"
    places = [Path(folder) / name for folder in (env.get("XDG_RUNTIME_DIR"), tempfile.gettempdir()) if folder]
    return str(next((place for place in places if len(os.fsencode(place)) <= _LONGEST_NAME), places[-1]))


def ask(env: Mapping[str, str], word: str) -> str | None:
    """Ask the running tray, e.g. ``show`` or ``quit``; return its answer, None when there is none or it is silent."""
    until_s = time.monotonic() + ANSWER_S
    while True:
        try:
            answer = ask_bytes(address(env), word.encode("ascii"))
        except (OSError, EOFError):
            # The first start shows its icon before it loads what answers.
            if not is_taken() or time.monotonic() >= until_s:
                return None
            time.sleep(_ASK_AGAIN_S)
        else:
            return None if answer is None else answer.decode("utf-8", "replace")


def is_taken() -> bool:
    """Tell, on Windows, whether somebody is the first; elsewhere no: there the first answers as soon as it shows."""
    if sys.platform != "win32":
        return False
    import ctypes

    kernel32 = ctypes.WinDLL("kernel32")
    kernel32.OpenMutexW.restype = ctypes.c_void_p
    synchronize = 0x00100000
    handle = kernel32.OpenMutexW(synchronize, False, MUTEX_NAME)
    if not handle:
        return False
    kernel32.CloseHandle(ctypes.c_void_p(handle))
    return True


def ask_bytes(where: str, word: bytes) -> bytes | None:
    """
    Send *word* and return the answer; None when none comes in time.

    Raises:
        OSError: Nobody listens.

        EOFError: It hung up.
    """
    from multiprocessing.connection import Client

    with Client(where) as connection:
        connection.send_bytes(word)
        return None if word == _CLOSE else _receive(connection)


def _receive(connection: Any) -> bytes | None:
    return connection.recv_bytes(_LONGEST) if connection.poll(ANSWER_S) else None
