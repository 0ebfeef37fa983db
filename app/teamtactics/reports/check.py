"""The ``check`` command: one line for each thing that must work on race day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from teamtactics.errors import ConfigError, DeliveryError, SourceRefused, TeamtacticsError
from teamtactics.language import Said, local
from teamtactics.model.usage import FREE_READS, FREE_WRITES, Usage
from teamtactics.redaction import Redactor
from teamtactics.reports.checking.folders import data_folder, tape
from teamtactics.reports.checking.mistakes import configuration, mistakes
from teamtactics.reports.checking.result import CheckResult, exit_code, print_results
from teamtactics.settings.settings import Settings, Unsound

__all__ = ["CheckProbes", "CheckResult", "exit_code", "print_results", "run_checks"]

CLOCK_TOLERANCE_S = 60.0
"""Chosen: a PC that sets its clock by the network is far inside; minutes spoil Google's sign-in (peers' reports)."""

_SET_THE_TIME = Said("let Windows set the time (Settings, Time & language, Sync now)")


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

    def clean(text: str) -> str:
        return " ".join(redact(text).split())

    # In which language it is shown is known by now; what comes from elsewhere (the clouds) has one only.
    return [
        replace(each, text=clean(each.text), translated=clean(each.translated or local(each.text))) for each in results
    ]


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
            text = Said(
                "{file}: account {account}, project {project}",
                file=account.path,
                account=account.client_email,
                project=account.project_id,
            )
            return [*wrong, CheckResult("credentials", True, text)]
        if wrong:
            return wrong
        if cloud.firestore_emulator or cloud.pubsub_emulator:
            return [CheckResult("credentials", None, Said("an emulator needs none"))]
        text = Said("googleAccessToken is not set: everything stays in the local store")
        return [CheckResult("credentials", None, text)]

    def proxy(self) -> list[CheckResult]:
        """Return no line without a proxy: most teams have none."""
        proxy, wrong = self._sound.proxy, mistakes(self._given, "proxy")
        if proxy is None or self._probes.proxy is None:
            return wrong
        shown = self._sound.proxy_shown
        why = self._probes.proxy(proxy)
        if why is None:
            return [*wrong, CheckResult("proxy", True, Said("{proxy} takes connections", proxy=shown))]
        text = Said(
            "the proxy {proxy} cannot be reached ({why}); start it, or correct proxy in teamtactics.ini or the "
            "variable named above",
            proxy=shown,
            why=why,
        )
        return [*wrong, CheckResult("proxy", False, text)]

    def firestore(self) -> list[CheckResult]:
        if self._sound.cloud.firestore_configured:
            return [_try("Firestore", self._probes.firestore)]
        return [CheckResult("Firestore", None, self._why_not_asked)]

    def usage(self) -> list[CheckResult]:
        probe = self._probes.usage
        if probe is None or not self._sound.cloud.firestore_configured or self._is_elsewhere:
            return []
        return [_try("Firestore use", lambda: _used(probe()))]

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
        if self._is_about_key:
            return Said("not asked: it needs a key file that can be used")
        return Said("not configured")

    @property
    def _is_about_key(self) -> bool:
        return bool(mistakes(self._given, "credentials"))

    @property
    def _is_elsewhere(self) -> bool:
        """Whether nobody knows where the data folder is to be."""
        return bool(mistakes(self._given, "data folder"))


def _used(today: Usage) -> Said:
    return Said(
        "today, by this PC alone: {written:,} of {writes:,} free writes, {read:,} of {reads:,} free reads",
        written=today.written,
        writes=FREE_WRITES,
        read=today.all_reads,
        reads=FREE_READS,
    )


def _try(name: str, probe: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(name, True, probe())
    except TeamtacticsError as error:
        what = error.said
        hint = error.hint if isinstance(error, DeliveryError) else ""
        if not hint:
            return CheckResult(name, False, what)
        english, translated = (f"{text.rstrip('.')}. {advice}" for text, advice in ((what, hint), _local(what, hint)))
        return CheckResult(name, False, english, translated=translated)


def _local(*texts: str) -> tuple[str, ...]:
    return tuple(map(local, texts))


def _iracing(probes: CheckProbes) -> CheckResult:
    """Nothing is wrong with a simulator that nobody has started."""
    try:
        is_running = probes.iracing()
    except SourceRefused as error:
        return CheckResult("iRacing", None, error.said, is_remark=True)
    except TeamtacticsError as error:
        return CheckResult("iRacing", False, error.said)
    if is_running:
        return CheckResult("iRacing", True, Said("running"))
    return CheckResult("iRacing", None, Said("is not running; start it before you drive"), is_remark=True)


def _simulate(path: Path, probes: CheckProbes) -> CheckResult:
    probe = probes.simulate
    if probe is not None:
        return _try("simulate", lambda: probe(path))
    try:
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except OSError as error:
        why = Said("{path} cannot be read ({why}); check the path and the rights", path=path, why=error.strerror)
        return CheckResult("simulate", False, why)
    if is_empty:
        text = Said("{path} is empty; name a recording (.ibt) or a memory image (.dump)", path=path)
        return CheckResult("simulate", False, text)
    return CheckResult("simulate", True, Said("{path} is read instead of iRacing", path=path))


def _clock(probes: CheckProbes) -> CheckResult:
    ahead_s = None if probes.clock is None else probes.clock()
    if ahead_s is None:
        return CheckResult("clock", None, Said("not compared with a server's"))
    off_s = abs(ahead_s)
    if off_s <= CLOCK_TOLERANCE_S:
        return CheckResult("clock", True, Said("right within {seconds:.0f} s", seconds=max(1.0, off_s)))
    facts = {"seconds": off_s, "remedy": _SET_THE_TIME}
    if ahead_s > 0:
        text = Said("is {seconds:.0f} s ahead: Google may refuse the key; {remedy}", **facts)
    else:
        text = Said("is {seconds:.0f} s behind: Google may refuse the key; {remedy}", **facts)
    return CheckResult("clock", False, text)
