"""A real headless Chromium that is told what to do through a pipe (its DevTools protocol): no port, no driver."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from support.absent import absent

TIMEOUT_S = 60.0
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # the page has to do without any network
    "--remote-debugging-pipe",
)


class Browser:
    """
    One page of a browser of its own.

    Args:
        folder: Where its profile is kept.
    """

    def __init__(self, folder: Path) -> None:
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if program is None:
            absent("a Chromium is needed to look at the pages (Debian: chromium)")
        self._asked = 0
        self._heard = b""
        self._session: str | None = None
        self.events: list[Mapping[str, Any]] = []
        to_read, self._out = os.pipe()
        self._in, to_write = os.pipe()
        # The browser reads at 3 and writes at 4; numbers from 10 on cannot be in the way of the two.
        theirs = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (to_read, to_write)]
        lay_pipe = ("bash", "-c", 'in=$1 out=$2; shift 2; exec "$@" 3<&"$in" 4>&"$out"', "bash", *map(str, theirs))
        words = [*lay_pipe, program, *_FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(words, pass_fds=theirs, start_new_session=True, **silent)
        for fd in (to_read, to_write, *theirs):
            os.close(fd)

    def __enter__(self) -> Self:
        targets = self.tell("Target.getTargets")["targetInfos"]
        target = next(each["targetId"] for each in targets if each["type"] == "page")
        self._session = self.tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.tell(f"{domain}.enable")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._session = None
            self.tell("Browser.close")
            self._process.wait(10)
        except (OSError, subprocess.TimeoutExpired, AssertionError):
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
        finally:
            os.close(self._out)
            os.close(self._in)

    def tell(self, method: str, **params: object) -> dict[str, Any]:
        """Send a command; return its result. What happens meanwhile is kept in ``events``."""
        self._asked += 1
        message: dict[str, object] = {"id": self._asked, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._asked:
                assert "error" not in answer, f"{method}: {answer.get('error')}"
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def until(self, method: str, timeout_s: float = TIMEOUT_S) -> Mapping[str, Any]:
        """Wait for the next event called *method*."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            for index, event in enumerate(self.events):
                if event.get("method") == method:
                    del self.events[: index + 1]
                    return event
            assert time.monotonic() < deadline_s, f"no {method} within {timeout_s} s"
            self.events.append(self._next(deadline_s))

    def look_like(self, width: int, height: int, *, dark: bool = False, media: str = "") -> None:
        """Take on a size of the window, a colour scheme, and a medium (``print``)."""
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def open(self, address: str) -> None:
        """Load a page and wait for it."""
        self.events.clear()
        self.tell("Page.navigate", url=address)
        self.until("Page.loadEventFired")

    def evaluate(self, script: str) -> Any:
        """Return what an expression comes to in the page."""
        answer = self.tell("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def picture(self, path: Path, *, whole: bool = False, most: int = 4000) -> None:
        """Keep what is seen as a PNG; *whole*: the page down to *most* pixels, not the window alone."""
        clip: dict[str, object] = {}
        if whole:
            size = self.tell("Page.getLayoutMetrics")["cssContentSize"]
            height = min(size["height"], most)
            clip = {"clip": {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}}
        data = self.tell("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **clip)["data"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(data))

    def printed(self) -> bytes:
        """Return the page on paper (A4) as a PDF."""
        answer = self.tell("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=True)
        return base64.b64decode(answer["data"])

    def requests(self) -> Sequence[str]:
        """Return what was asked for since the page was opened."""
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]

    def _next(self, deadline_s: float | None = None) -> dict[str, Any]:
        deadline_s = time.monotonic() + TIMEOUT_S if deadline_s is None else deadline_s
        while b"\0" not in self._heard:
            ready, _, _ = select.select([self._in], [], [], max(0.0, deadline_s - time.monotonic()))
            assert ready, "the browser does not answer"
            chunk = os.read(self._in, 1 << 20)
            assert chunk, "the browser has ended"
            self._heard += chunk
        line, _, self._heard = self._heard.partition(b"\0")
        answer: dict[str, Any] = json.loads(line)
        return answer
