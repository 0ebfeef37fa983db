"""The ``check`` command: one line for each thing that must work on race day."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from teamtactics.errors import ConfigError, DeliveryError, Problem, TeamtacticsError
from teamtactics.model.usage import Usage
from teamtactics.redaction import Redactor
from teamtactics.settings.settings import Settings
from teamtactics.telemetry.tape.folder import TAPES, TapeFolder

CLOCK_TOLERANCE_S = 60.0
"""Chosen: a PC that sets its clock by the network is far inside; minutes spoil Google's sign-in (peers' reports)."""
FREE_SPACE_MIN_BYTES = 100_000_000
"""Chosen: room for the outbox and a full set of logfiles (30 MB), with a reserve."""

_CREDENTIALS_KEY = "googleaccesstoken"
_MARKS = {True: "✓", False: "✗", None: "–"}
_PLAIN_MARKS = {True: "OK  ", False: "FAIL", None: "-   "}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """
    One line of the check.

    Attributes:
        ok: None when there was nothing to check; that is no failure.

        text: One line: what was found, and after a failure what to do.
    """

    name: str
    ok: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class CheckProbes:
    """
    The attempts that need the outside world, wired by the composition root. Each has a deadline of its own.

    Attributes:
        firestore: Reaches the database and says which; raises DeliveryError. Asked only when one is configured.

        topic: The same for the Pub/Sub topic.

        iracing: True when the simulator runs.

        simulate: Opens a recording or memory image and says what it is; raises TelemetryError. None: only reading
            the file is tried.

        proxy: Connects to a proxy's address and says why it cannot; None when it can. None: not tried.

        usage: What this PC has asked of Firestore on the present quota day; raises OutboxError. None: not shown.

        clock: Seconds this PC's clock is ahead of a server's; None when no server was heard. None: not checked.
    """

    firestore: Callable[[], str]
    topic: Callable[[], str]
    iracing: Callable[[], bool]
    simulate: Callable[[Path], str] | None = None
    clock: Callable[[], float | None] | None = None
    proxy: Callable[[str], str | None] | None = None
    usage: Callable[[], Usage] | None = None


def run_checks(settings: Settings | ConfigError, probes: CheckProbes) -> list[CheckResult]:
    """
    Try everything, also after a failure, and return the lines; none holds a secret.

    Args:
        settings: What ``load_settings`` returned or raised.
    """
    if isinstance(settings, ConfigError):
        results = [*_broken_configuration(settings), _iracing(probes)]
        redact = Redactor()
    else:
        results = [
            *_configuration(settings),
            _credentials(settings),
            *_proxy(settings, probes),
            _firestore(settings, probes),
            *_usage(settings, probes),
            _topic(settings, probes),
            _iracing(probes) if settings.simulate is None else _simulate(settings.simulate, probes),
            _data_folder(settings.data_dir),
            _tape(settings),
            *([_clock(probes)] if probes.clock is not None else []),
        ]
        redact = Redactor(settings.secrets)
    return [replace(result, text=" ".join(redact(result.text).split())) for result in results]


def print_results(results: Sequence[CheckResult], stream: TextIO) -> None:
    """Write the lines, with signs that *stream* can show: a Windows console with cp1252 has no ✓."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    marks = _MARKS if _can_show("".join(_MARKS.values()), encoding) else _PLAIN_MARKS
    for result in results:
        line = f"{marks[result.ok]} {result.name}: {result.text}\n"
        stream.write(line.encode(encoding, "replace").decode(encoding))


def exit_code(results: Sequence[CheckResult]) -> int:
    """Return 1 when one check failed, else 0."""
    return int(any(result.ok is False for result in results))


def _can_show(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _broken_configuration(error: ConfigError) -> list[CheckResult]:
    about_key = [problem for problem in error.problems if _is_about_credentials(problem)]
    others = [problem for problem in error.problems if problem not in about_key]
    results = [_line("configuration", problem) for problem in others]
    if all(problem.is_warning for problem in others):
        results.insert(0, CheckResult("configuration", True, "no mistake apart from the credentials"))
    results += [_line("credentials", problem) for problem in about_key]
    return results


def _is_about_credentials(problem: Problem) -> bool:
    return not problem.is_warning and (problem.key or "").lower() == _CREDENTIALS_KEY


def _line(name: str, problem: Problem) -> CheckResult:
    return CheckResult(name, None if problem.is_warning else False, str(problem))


def _configuration(settings: Settings) -> list[CheckResult]:
    where = "no teamtactics.ini, defaults are used" if settings.ini_path is None else str(settings.ini_path)
    found = CheckResult("configuration", True, where)
    return [found, *(_line("configuration", problem) for problem in settings.warnings)]


def _credentials(settings: Settings) -> CheckResult:
    cloud, account = settings.cloud, settings.cloud.credentials
    if account is not None:
        text = f"{account.path}: account {account.client_email}, project {account.project_id}"
        return CheckResult("credentials", True, text)
    if cloud.firestore_emulator or cloud.pubsub_emulator:
        return CheckResult("credentials", None, "an emulator needs none")
    return CheckResult("credentials", None, "googleAccessToken is not set: everything stays in the local store")


def _proxy(settings: Settings, probes: CheckProbes) -> list[CheckResult]:
    """Return no line without a proxy: most teams have none."""
    if settings.proxy is None or probes.proxy is None:
        return []
    why = probes.proxy(settings.proxy)
    if why is None:
        return [CheckResult("proxy", True, f"{settings.proxy_shown} takes connections")]
    remedy = "start it, or correct proxy in teamtactics.ini or the variable named above"
    text = f"the proxy {settings.proxy_shown} cannot be reached ({why}); {remedy}"
    return [CheckResult("proxy", False, text)]


def _firestore(settings: Settings, probes: CheckProbes) -> CheckResult:
    if not settings.cloud.firestore_configured:
        return CheckResult("Firestore", None, "not configured")
    return _try("Firestore", probes.firestore)


def _usage(settings: Settings, probes: CheckProbes) -> list[CheckResult]:
    probe = probes.usage
    if probe is None or not settings.cloud.firestore_configured:
        return []
    return [_try("Firestore use", lambda: f"today, by this PC alone: {probe()}")]


def _topic(settings: Settings, probes: CheckProbes) -> CheckResult:
    if not settings.cloud.pubsub_configured:
        return CheckResult("topic", None, "not configured")
    return _try("topic", probes.topic)


def _try(name: str, probe: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(name, True, probe())
    except TeamtacticsError as error:
        hint = error.hint if isinstance(error, DeliveryError) else ""
        return CheckResult(name, False, f"{str(error).rstrip('.')}. {hint}" if hint else str(error))


def _iracing(probes: CheckProbes) -> CheckResult:
    def ask() -> str:
        return "running" if probes.iracing() else ""

    result = _try("iRacing", ask)
    if result.ok and not result.text:
        return CheckResult("iRacing", False, "is not running; start it and check again")
    return result


def _simulate(path: Path, probes: CheckProbes) -> CheckResult:
    probe = probes.simulate
    if probe is not None:
        return _try("simulate", lambda: probe(path))
    try:
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except OSError as error:
        return CheckResult(
            "simulate", False, f"{path} cannot be read ({error.strerror}); check the path and the rights"
        )
    if is_empty:
        return CheckResult("simulate", False, f"{path} is empty; name a recording (.ibt) or a memory image (.dump)")
    return CheckResult("simulate", True, f"{path} is read instead of iRacing")


def _data_folder(folder: Path) -> CheckResult:
    """Write and remove a small file; the folder is made, as ``run`` would make it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"teamtactics check")
            file.flush()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        text = f"{folder} cannot be written ({error.strerror}); check the rights, or name another as dataDir"
        return CheckResult("data folder", False, text)
    if free < FREE_SPACE_MIN_BYTES:
        text = f"only {free / 1e6:.0f} MB are free where {folder} lies; make room, or name another as dataDir"
        return CheckResult("data folder", False, text)
    return CheckResult("data folder", True, f"{folder}, {free / 1e9:.1f} GB free")


def _tape(settings: Settings) -> CheckResult:
    """Say how much the tapes hold, also while none is made."""
    folder = settings.data_dir / TAPES
    try:
        next(folder.iterdir(), None)  # a glob keeps silent about a folder that cannot be read
        if settings.tape:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"teamtactics check")
                file.flush()
        held = _held(TapeFolder(folder))
    except FileNotFoundError:
        held = "nothing yet"
    except OSError as error:
        text = f"{folder} cannot be read and written ({error.strerror}); check the rights. Laps are recorded without it"
        return CheckResult("tape", False, text)
    if not settings.tape:
        return CheckResult("tape", None, f"off, what is driven cannot be played again; {held}")
    return CheckResult("tape", True, held)


def _held(folder: TapeFolder) -> str:
    tapes = folder.tapes()
    if not tapes:
        return "nothing yet"
    oldest = tapes[-1].name
    since = f"{oldest[:4]}-{oldest[4:6]}-{oldest[6:8]}"
    return f"{len(tapes)} session{'s' if len(tapes) > 1 else ''}, {folder.size() / 1e6:.0f} MB, since {since}"


def _clock(probes: CheckProbes) -> CheckResult:
    ahead_s = None if probes.clock is None else probes.clock()
    if ahead_s is None:
        return CheckResult("clock", None, "not compared with a server's")
    if abs(ahead_s) <= CLOCK_TOLERANCE_S:
        return CheckResult("clock", True, f"right within {max(1.0, abs(ahead_s)):.0f} s")
    text = f"is {abs(ahead_s):.0f} s {'ahead' if ahead_s > 0 else 'behind'}: Google may refuse the key; "
    return CheckResult("clock", False, f"{text}let Windows set the time (Settings, Time & language, Sync now)")
