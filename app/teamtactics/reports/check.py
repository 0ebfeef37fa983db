"""The ``check`` command: one line for each thing that must work on race day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from teamtactics.errors import ConfigError, DeliveryError, SourceRefused, TeamtacticsError
from teamtactics.model.usage import Usage
from teamtactics.redaction import Redactor
from teamtactics.reports.checking.folders import data_folder, tape
from teamtactics.reports.checking.mistakes import configuration, mistakes
from teamtactics.reports.checking.result import CheckResult, exit_code, print_results
from teamtactics.settings.settings import Settings, Unsound

__all__ = ["CheckProbes", "CheckResult", "exit_code", "print_results", "run_checks"]

CLOCK_TOLERANCE_S = 60.0
"""Chosen: a PC that sets its clock by the network is far inside; minutes spoil Google's sign-in (peers' reports)."""


@dataclass(frozen=True, slots=True)
class CheckProbes:
    """
    The attempts that need the outside world, wired by the composition root. Each has a deadline of its own.

    Attributes:
        firestore: Reaches the database and says which; raises DeliveryError. Asked only when one is configured.

        topic: The same for the Pub/Sub topic.

        iracing: True when the simulator runs; raises SourceRefused where it cannot.

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

    A mistake in the configuration stands in the line of what it spoils; all else is tried with what is sound.

    Args:
        settings: What ``load_settings`` returned or raised.
    """
    sound = settings.sound if isinstance(settings, Unsound) else settings
    if isinstance(sound, ConfigError):
        # There is no such file, or nobody knows what it says.
        results = [*configuration(sound, None), _iracing(probes)]
    else:
        check = _Check(settings, sound, probes)
        results = [
            *configuration(settings, sound),
            *check.credentials(),
            *check.proxy(),
            *check.firestore(),
            *check.usage(),
            *check.topic(),
            *check.source(),
            *check.folders(),
        ]
    if probes.clock is not None:
        results.append(_clock(probes))
    redact = Redactor(() if isinstance(sound, ConfigError) else sound.secrets)
    return [replace(result, text=" ".join(redact(result.text).split())) for result in results]


class _Check:
    """
    One run over settings of which something is sound.

    Args:
        given: With the mistakes.

        sound: What is used: without them.
    """

    def __init__(self, given: Settings | ConfigError, sound: Settings, probes: CheckProbes) -> None:
        self._given = given
        self._sound = sound
        self._probes = probes

    def credentials(self) -> list[CheckResult]:
        wrong = mistakes(self._given, "credentials")
        cloud, account = self._sound.cloud, self._sound.cloud.credentials
        if account is not None:
            text = f"{account.path}: account {account.client_email}, project {account.project_id}"
            return [*wrong, CheckResult("credentials", True, text)]
        if wrong:
            return wrong
        if cloud.firestore_emulator or cloud.pubsub_emulator:
            return [CheckResult("credentials", None, "an emulator needs none")]
        text = "googleAccessToken is not set: everything stays in the local store"
        return [CheckResult("credentials", None, text)]

    def proxy(self) -> list[CheckResult]:
        """Return no line without a proxy: most teams have none."""
        proxy, wrong = self._sound.proxy, mistakes(self._given, "proxy")
        if proxy is None or self._probes.proxy is None:
            return wrong
        shown = self._sound.proxy_shown
        why = self._probes.proxy(proxy)
        if why is None:
            return [*wrong, CheckResult("proxy", True, f"{shown} takes connections")]
        remedy = "start it, or correct proxy in teamtactics.ini or the variable named above"
        text = f"the proxy {shown} cannot be reached ({why}); {remedy}"
        return [*wrong, CheckResult("proxy", False, text)]

    def firestore(self) -> list[CheckResult]:
        if self._sound.cloud.firestore_configured:
            return [_try("Firestore", self._probes.firestore)]
        return [CheckResult("Firestore", None, self._why_not_asked)]

    def usage(self) -> list[CheckResult]:
        probe = self._probes.usage
        if probe is None or not self._sound.cloud.firestore_configured or self._is_elsewhere:
            return []
        return [_try("Firestore use", lambda: f"today, by this PC alone: {probe()}")]

    def topic(self) -> list[CheckResult]:
        wrong = mistakes(self._given, "topic")
        if self._sound.cloud.pubsub_configured:
            return [*wrong, _try("topic", self._probes.topic)]
        return wrong or [CheckResult("topic", None, self._why_not_asked)]

    def source(self) -> list[CheckResult]:
        """Return the line of the simulator, or of what is read in its place."""
        wrong = mistakes(self._given, "simulate")
        if self._sound.simulate is not None:
            return [*wrong, _simulate(self._sound.simulate, self._probes)]
        return wrong or [_iracing(self._probes)]

    def folders(self) -> list[CheckResult]:
        if self._is_elsewhere:
            return mistakes(self._given, "data folder")
        return [data_folder(self._sound.data_dir), tape(self._sound)]

    @property
    def _why_not_asked(self) -> str:
        return "not asked: it needs a key file that can be used" if self._is_about_key else "not configured"

    @property
    def _is_about_key(self) -> bool:
        return bool(mistakes(self._given, "credentials"))

    @property
    def _is_elsewhere(self) -> bool:
        """Whether nobody knows where the data folder is to be."""
        return bool(mistakes(self._given, "data folder"))


def _try(name: str, probe: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(name, True, probe())
    except TeamtacticsError as error:
        hint = error.hint if isinstance(error, DeliveryError) else ""
        return CheckResult(name, False, f"{str(error).rstrip('.')}. {hint}" if hint else str(error))


def _iracing(probes: CheckProbes) -> CheckResult:
    """Nothing is wrong with a simulator that nobody has started."""
    try:
        is_running = probes.iracing()
    except SourceRefused as error:
        return CheckResult("iRacing", None, str(error), is_remark=True)
    except TeamtacticsError as error:
        return CheckResult("iRacing", False, str(error))
    if is_running:
        return CheckResult("iRacing", True, "running")
    return CheckResult("iRacing", None, "is not running; start it before you drive", is_remark=True)


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


def _clock(probes: CheckProbes) -> CheckResult:
    ahead_s = None if probes.clock is None else probes.clock()
    if ahead_s is None:
        return CheckResult("clock", None, "not compared with a server's")
    if abs(ahead_s) <= CLOCK_TOLERANCE_S:
        return CheckResult("clock", True, f"right within {max(1.0, abs(ahead_s)):.0f} s")
    text = f"is {abs(ahead_s):.0f} s {'ahead' if ahead_s > 0 else 'behind'}: Google may refuse the key; "
    return CheckResult("clock", False, f"{text}let Windows set the time (Settings, Time & language, Sync now)")
