"""The running simulator, through pyirsdk. The only importer of irsdk."""

from __future__ import annotations

import ctypes
import http.client
import logging
import sys
import time
import urllib.request
from collections.abc import Callable
from typing import Protocol

import irsdk

from teamtactics.errors import SourceRefused
from teamtactics.language import Said
from teamtactics.telemetry.layout import Memory
from teamtactics.telemetry.live import Feed, LiveSource

_log = logging.getLogger(__name__)

_SYNCHRONIZE = 0x00100000
_STATUS_TIMEOUT_S = 1.0
_LONGEST_WAIT_S = 0.02
"""The event is pulsed and not kept (SIMULATOR#tick): whoever is not waiting misses it and must look by himself."""

# Not through a proxy, whatever the environment says: the simulator answers on this machine only. And nothing for https,
# which from Python 3.12 on would be prepared here, and end the program where SSLKEYLOGFILE cannot be written.
_opener = urllib.request.OpenerDirector()
_opener.add_handler(urllib.request.HTTPHandler())


class Kernel(Protocol):
    """The three calls of kernel32 that pyirsdk does not make for us."""

    def open_event(self) -> int:
        """Return a handle of the simulator's data-valid event; 0 when it does not exist."""

    def wait_for(self, handle: int, timeout_s: float) -> None:
        """Return when the event is pulsed, at the latest after *timeout_s*."""

    def close_handle(self, handle: int) -> None:
        """Give the handle back."""


class IracingSource(LiveSource):
    """
    The simulator on this PC. Imports everywhere, connects on Windows only.

    Args:
        feed: Where the memory comes from; None for pyirsdk.

        monotonic: The clock of the waits.

    Raises:
        SourceRefused: This is not Windows.
    """

    def __init__(self, feed: Feed | None = None, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(PyIrsdkFeed(windows_kernel()) if feed is None else feed, "iRacing", monotonic)


class PyIrsdkFeed:
    """
    Opens and closes the simulator's memory with pyirsdk; nothing stays open between a loss and the next connection.

    Args:
        kernel: kernel32, or a fake of it.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._sdk: _Sdk | None = None

    def open(self) -> Memory | None:
        """
        Open the memory; None when the simulator is not running or publishes nothing.

        The event is asked for first: without it there is no simulator, and one call to Windows has told so. Only then
        pyirsdk makes its HTTP request to the simulator and waits up to 32 ms for a tick.
        """
        self.close()
        handle = self._kernel.open_event()
        if not handle:
            return None
        self._kernel.close_handle(handle)
        sdk = _Sdk(self._kernel.close_handle)
        try:
            if sdk.startup():
                self._sdk = sdk
                return sdk.memory
        except (OSError, ValueError) as error:  # the mapping vanished between two calls
            _log.debug("the simulator's memory could not be opened: %s", error)
        sdk.shutdown()
        return None

    def wait(self, timeout_s: float) -> None:
        """Wait for the event, but never so long that a missed pulse would cost a tick."""
        if self._sdk is not None and self._sdk.event:
            self._kernel.wait_for(self._sdk.event, min(timeout_s, _LONGEST_WAIT_S))

    def arrived(self, ticks: int, now_s: float) -> None:
        """Nothing to learn: the event says when."""

    def is_gone(self, now_s: float) -> bool:  # noqa: ARG002  # the seam's shape
        """True when not open; the memory itself stays readable after the simulator ends, as long as we hold it."""
        return self._sdk is None

    def close(self) -> None:
        """Close mapping and event."""
        if self._sdk is not None:
            self._sdk.shutdown()
            self._sdk = None


class _Sdk(irsdk.IRSDK):  # type: ignore[misc]  # pyirsdk is untyped
    """pyirsdk without two faults: it never closes the event's handle and asks for the status without a deadline."""

    def __init__(self, close_handle: Callable[[int], None]) -> None:
        self._close_handle = close_handle
        self.event: int | None = None
        super().__init__()

    @property
    def memory(self) -> Memory:
        """The mapped memory, after a successful ``startup``."""
        memory: Memory = self._shared_mem
        return memory

    @property
    def _data_valid_event(self) -> int | None:
        return self.event

    @_data_valid_event.setter
    def _data_valid_event(self, handle: int | None) -> None:
        # pyirsdk forgets the handle by assigning None, on each of its ways out: so it is closed here.
        if self.event:
            self._close_handle(self.event)
        self.event = handle

    def _check_sim_status(self) -> bool:
        try:
            with _opener.open(irsdk.SIM_STATUS_URL, timeout=_STATUS_TIMEOUT_S) as answer:
                return b"running:1" in answer.read(4096)
        except (OSError, http.client.HTTPException):
            return False


def windows_kernel() -> Kernel:
    """
    Return kernel32.

    Raises:
        SourceRefused: This is not Windows.
    """
    if sys.platform == "win32":
        return _Kernel32()
    raise SourceRefused(
        Said(
            "iRacing only runs on Windows; set 'simulate' to a memory image (.dump) or a recording (.ibt),"
            " or try 'teamtactics demo'"
        )
    )


if sys.platform == "win32":

    class _Kernel32:
        def __init__(self) -> None:
            # An own instance: argument types set here are nobody else's.
            dll = ctypes.WinDLL("kernel32", use_last_error=True)
            dll.OpenEventW.argtypes = (ctypes.c_uint32, ctypes.c_int, ctypes.c_wchar_p)
            dll.OpenEventW.restype = ctypes.c_void_p
            dll.WaitForSingleObject.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
            dll.CloseHandle.argtypes = (ctypes.c_void_p,)
            self._dll = dll

        def open_event(self) -> int:
            return self._dll.OpenEventW(_SYNCHRONIZE, False, irsdk.DATAVALIDEVENTNAME) or 0

        def wait_for(self, handle: int, timeout_s: float) -> None:
            self._dll.WaitForSingleObject(handle, max(1, int(timeout_s * 1000)))

        def close_handle(self, handle: int) -> None:
            self._dll.CloseHandle(handle)
