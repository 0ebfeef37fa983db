"""Sets up the log: readable lines in a rotating file, without secrets, including what ends the program unexpectedly."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType

from teamtactics.language import Said
from teamtactics.logs.console import Console
from teamtactics.logs.crash_report import CrashReport
from teamtactics.logs.logfile import RotatingLogfile
from teamtactics.logs.outputs import CONSOLE_LIMIT_S, FILE_LIMIT_S, Outputs
from teamtactics.logs.streams import fill_missing_streams
from teamtactics.redaction import Redactor
from teamtactics.worker import Worker

OURS = "teamtactics"
_LOG = logging.getLogger(__name__)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class LineFormat(logging.Formatter):
    """
    ``2025-08-12 14:03:22.123+02:00 INFO    collector: Lap 12 …``, the time local with its offset.

    Further lines of a record are indented, so that a driver's name with a line break cannot pass for a line of ours.
    Everything goes through the redactor here, after the traceback was added: nothing reaches a file another way.
    """

    def __init__(self, redact: Redactor) -> None:
        super().__init__("{asctime} {levelname:<7} {threadName}: {message}", style="{")
        self._redact = redact

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802, ARG002 - the base class names it so
        """Return the local time with its offset."""
        return datetime.fromtimestamp(record.created).astimezone().isoformat(sep=" ", timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line."""
        text = super().format(record)
        if not _is_ours(record.name):
            text = f"{text} [{record.name}]"
        text = _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), self._redact(text))
        return text.rstrip("\n").replace("\n", "\n    ")


class LogControl:
    """
    The log that is in use.

    Attributes:
        path: Where it is written; None when no place could be written.

        warning: Why it is not written where the settings say; None when all is well.

        workers: The threads that write it, for whoever looks after threads; without him all goes on until one dies.

    Threads:
        May be used from any.
    """

    def __init__(self, path: Path | None, warning: str | None, outputs: Outputs, undo: contextlib.ExitStack) -> None:
        self.path = path
        self.warning = warning
        self.workers: tuple[Worker, ...] = tuple(output.worker for output in outputs.outputs)
        self._outputs = outputs
        self._undo = undo

    @property
    def waiting(self) -> int:
        """How many lines are not written yet, over all outputs."""
        return sum(output.waiting for output in self._outputs.outputs)

    def set_debug(self, on: bool) -> None:
        """Switch the detailed log on or off, at once."""
        logging.getLogger(OURS).setLevel(logging.DEBUG if on else logging.INFO)
        _LOG.info("Debug logging is %s.", "on" if on else "off")

    def close(self) -> None:
        """
        Write what is pending and put everything back as it was; harmless when repeated.

        An output that hangs is left behind after two seconds (``outputs.CLOSE_S``), with its thread.
        """
        for worker in self.workers:
            worker.start()  # one may have died a moment ago; after the end there is nobody to begin
        self.workers = ()
        self._undo.close()


def setup_logging(
    logfile: Path, debug: bool, console: bool, *, fallback_dir: Path, secrets: Iterable[str] = ()
) -> LogControl:
    """
    Begin to log; from now on also uncaught exceptions, of any thread, and crashes of the interpreter.

    Who logs waits for no output: each has a thread of its own (``log-file``, ``log-console``), and may hang for ever.
    Never fails: a logfile that cannot be written moves to *fallback_dir*, and when that cannot be either, the program
    goes on without. Other libraries are heard from warnings on, also with *debug*: their details hold request bodies.

    Args:
        logfile: As in the settings; its folder is made when needed.

        console: Also write to stderr, where there is one.

        fallback_dir: Usually the data folder.

        secrets: ``Settings.secrets``.

    Durability:
        A line survives an orderly end, an uncaught exception too; of a process that is killed what was logged in its
        last moment is lost.
    """
    redact = Redactor(secrets)
    undo = contextlib.ExitStack()
    has_screen = console and sys.stderr is not None
    undo.enter_context(fill_missing_streams())
    file, warning = _open_logfile(logfile, fallback_dir)
    ends = contextlib.ExitStack()  # asks the disk: in the thread that may wait for it
    outputs = Outputs(LineFormat(redact))
    if file is not None:
        ends.callback(file.close)
        outputs.add("log-file", file.write, ends.close, FILE_LIMIT_S)
    if has_screen:
        outputs.add("log-console", Console(sys.stderr).write, lambda: None, CONSOLE_LIMIT_S)
    _attach(outputs, undo)
    _set_levels(debug, undo)
    _catch_uncaught(redact, undo, has_screen=has_screen)
    if warning is not None:
        _LOG.warning("%s", warning)
    if file is not None:
        _watch_for_crashes(file.path, ends)
    return LogControl(None if file is None else file.path, warning, outputs, undo)


def _is_ours(name: str) -> bool:
    return name == OURS or name.startswith(f"{OURS}.")


def _open_logfile(wanted: Path, fallback_dir: Path) -> tuple[RotatingLogfile | None, str | None]:
    """Open the first place that can be written; the second value says what was wrong with the one that was wanted."""
    warning: str | None = None
    for path in dict.fromkeys((wanted, fallback_dir / wanted.name)):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = RotatingLogfile(path)
            if warning is None:
                return file, None
            return file, Said("{warning} It is written to {path} instead.", warning=warning, path=path)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or Said("not a possible file name")
            warning = warning or Said("The logfile {path} cannot be written ({why}).", path=path, why=why)
    return None, Said(
        "{warning} Nor can one in {folder}: there is no logfile until the program starts again.",
        warning=warning,
        folder=fallback_dir,
    )


def _attach(outputs: Outputs, undo: contextlib.ExitStack) -> None:
    root = logging.getLogger()
    root.addHandler(outputs)
    undo.callback(outputs.close)
    undo.callback(root.removeHandler, outputs)


def _set_levels(debug: bool, undo: contextlib.ExitStack) -> None:
    root, ours = logging.getLogger(), logging.getLogger(OURS)
    undo.callback(root.setLevel, root.level)
    undo.callback(ours.setLevel, ours.level)
    root.setLevel(logging.WARNING)
    ours.setLevel(logging.DEBUG if debug else logging.INFO)


def _catch_uncaught(redact: Redactor, undo: contextlib.ExitStack, *, has_screen: bool) -> None:
    """Send to the log what Python would only write to a stderr that a windowed program does not have."""

    def main_died(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        _LOG.critical("The program ends on an unexpected error.", exc_info=(kind, error, trace))
        if not has_screen and sys.stderr is not None:
            sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))

    def thread_died(args: threading.ExceptHookArgs) -> None:
        if issubclass(args.exc_type, SystemExit):
            return
        name = args.thread.name if args.thread else "a thread"
        error = args.exc_value or args.exc_type()
        _LOG.critical("%s died of an unexpected error.", name, exc_info=(args.exc_type, error, args.exc_traceback))

    undo.callback(_set_hooks, sys.excepthook, threading.excepthook)
    _set_hooks(main_died, thread_died)


def _set_hooks(
    main_hook: Callable[[type[BaseException], BaseException, TracebackType | None], object],
    thread_hook: Callable[[threading.ExceptHookArgs], object],
) -> None:
    sys.excepthook = main_hook
    threading.excepthook = thread_hook


def _watch_for_crashes(logfile: Path, undo: contextlib.ExitStack) -> None:
    report = CrashReport(logfile)
    left = report.begin()
    undo.callback(report.end)
    if left:
        _LOG.warning("The run before left a crash report:\n%s", left)
