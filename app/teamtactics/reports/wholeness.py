"""Is the record whole? The laps recorded, held against the simulator's own results; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from teamtactics import language
from teamtactics.model.parcel import Document
from teamtactics.model.words import lap_time
from teamtactics.reports.summary import after_the_finish, is_finished, moment, number, whole

RESULT_LAPS, RESULT_LAST = "ResultLaps", "ResultLastTime"
RESULT_FASTEST, RESULT_FASTEST_LAP = "ResultFastestTime", "ResultFastestLap"
"""What is kept of the own line of ``ResultsPositions`` beside a session."""

UNDER_WAY_S = 600.0
"""So long after its last lap a session that nobody saw finish may go on: a tow and a repair take minutes."""

SAME_TIME_S = 0.001
"""Results are written to a tenth of a millisecond, telemetry to less than that."""


@dataclass(frozen=True, slots=True)
class Results:
    """
    The own car's line of the simulator's results.

    Attributes:
        laps: Completed; None where the simulator never showed any.

        fastest_lap: Number of the lap of ``fastest_s``.
    """

    laps: int | None = None
    last_s: float | None = None
    fastest_s: float | None = None
    fastest_lap: int | None = None


NO_RESULTS = Results()


@dataclass(frozen=True, slots=True)
class Otherwise:
    """
    What the simulator says otherwise.

    Attributes:
        theirs_s, ours_s: The time of a lap: by the simulator, and recorded.

        lap: Which; None for the fastest, whose number is not known.

        faster: Instead: laps recorded as faster than the simulator's fastest.
    """

    theirs_s: float
    ours_s: float | None = None
    lap: int | None = None
    faster: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Wholeness:
    """
    How the record stands against the results.

    Attributes:
        expected: Laps that the simulator counts; None when it never said, then the highest lap known counts.

        recorded: Of these.

        missing: Laps of which there is nothing, and who may have recorded them: who drove before and after.

        without_fuel: Laps that only team-mates saw.

        beyond: Laps that the simulator does not count, or that stand there twice.

        disagreements: What the simulator says otherwise.

        has_times: The fastest lap could be compared; it cannot where it is missing.
    """

    expected: int | None
    recorded: int
    missing: Sequence[tuple[int, str | None]]
    without_fuel: Sequence[int]
    beyond: Sequence[int]
    disagreements: Sequence[Otherwise]
    has_times: bool

    @property
    def has_laps(self) -> bool:
        """Whether any lap was driven, as far as anybody knows."""
        return bool(self.recorded or self.missing)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing and nothing disagrees."""
        return not (self.missing or self.beyond or self.disagreements)


def results_of(facts: Document) -> Results:
    """Read what was kept beside a session."""
    lap = whole(facts, RESULT_FASTEST_LAP)
    return Results(
        whole(facts, RESULT_LAPS), number(facts, RESULT_LAST), number(facts, RESULT_FASTEST), lap if lap else None
    )


def is_under_way(laps: Sequence[Document], now_utc: datetime) -> bool:
    """Tell whether more laps may come."""
    ended = [at for lap in laps if (at := moment(lap, "Utc")) is not None]
    return bool(ended) and not is_finished(laps) and (now_utc - max(ended)).total_seconds() < UNDER_WAY_S


def wholeness(laps: Sequence[Document], results: Results, *, is_under_way: bool = False) -> Wholeness:
    """
    Hold *laps* against the simulator's *results*.

    Args:
        is_under_way: More laps may come. Then results and record may be one lap apart for a moment, which is no gap:
            the simulator renews its results some seconds behind a line, and a lap waits for its time.
    """
    by_number: dict[int, Document] = {}
    twice = []
    behind = {count for count in after_the_finish(laps) if count is not None}
    # The laps home, if the simulator counts none of them; nobody has measured whether it does.
    uncounted = behind if results.laps is not None and results.laps < min(behind, default=0) else set()
    for lap in laps:
        count = whole(lap, "LapCompleted")
        if count is None or count < 1 or count in uncounted:
            continue
        if count in by_number:
            twice.append(count)
        by_number[count] = lap
    newest = max(by_number, default=0)
    is_a_moment_apart = is_under_way and results.laps is not None and abs(newest - results.laps) == 1
    last = newest if results.laps is None or is_a_moment_apart else results.laps
    counted = [by_number[count] for count in sorted(by_number) if count <= last]
    return Wholeness(
        expected=results.laps,
        recorded=len(counted),
        missing=[(count, _driver_around(by_number, count)) for count in range(1, last + 1) if count not in by_number],
        without_fuel=[count for count in sorted(by_number) if by_number[count].get("Source") == "teammate"],
        beyond=[*(count for count in sorted(by_number) if count > last), *twice],
        disagreements=_disagreements(by_number, results),
        has_times=results.fastest_s is not None and _fastest(_times_of(by_number), results) is not None,
    )


def sentences(found: Wholeness, *, in_english: bool = False) -> Sequence[str]:
    """
    Say it, the answer first.

    Args:
        in_english: For a log, whatever language people read.
    """
    _, n_ = (str, _english_number) if in_english else (language._, language.n_)
    if not found.has_laps:
        return [_("No lap is recorded.")]
    total = found.recorded + len(found.missing)
    parts = [_("{recorded} of {all} laps").format(recorded=found.recorded, all=total)]
    if found.without_fuel:
        said = _("{count} back-filled without fuel ({laps})")
        parts.append(said.format(count=len(found.without_fuel), laps=spans(found.without_fuel)))
    if found.has_times and not found.disagreements:
        parts.append(_("fastest lap agrees"))
    if found.expected is None:
        parts.append(_("the simulator showed no results to compare with"))
    told = ["; ".join(parts) + "."]
    for driver, group in groupby(found.missing, key=lambda each: each[1]):
        gone = [count for count, _driver in group]
        lacking = n_("Lap {laps} is missing:", "Laps {laps} are missing:", len(gone)).format(laps=spans(gone))
        whose = _("a recording (.ibt) of {driver}'s PC can fill what it saw.")
        nobodys = _("a recording (.ibt) of the driver's PC can fill what it saw.")
        told.append(f"{lacking} {whose.format(driver=driver) if driver else nobodys}")
    if found.beyond:
        beyond = n_(
            "Lap {laps}: recorded, but not counted by the simulator.",
            "Laps {laps}: recorded, but not counted by the simulator.",
            len(found.beyond),
        )
        told.append(beyond.format(laps=spans(found.beyond)))
    return [*told, *(_otherwise(one, _) for one in found.disagreements)]


def _english_number(one: str, many: str, count: float) -> str:
    return one if count == 1 else many


def _otherwise(one: Otherwise, _: Callable[[str], str]) -> str:
    theirs, ours = lap_time(one.theirs_s), lap_time(one.ours_s)
    if one.faster:
        said = _("Faster than the simulator's fastest lap ({time}): {laps}.")
        return said.format(time=theirs, laps=spans(one.faster))
    if one.lap is None:
        said = _("The simulator says {theirs} for the fastest lap, recorded is {ours}.")
        return said.format(theirs=theirs, ours=ours)
    said = _("The simulator says {theirs} for lap {lap}, recorded is {ours}.")
    return said.format(theirs=theirs, lap=one.lap, ours=ours)


def spans(numbers: Sequence[int]) -> str:
    """Write lap numbers with neighbours drawn together: ``57, 58`` and ``60–65``."""
    runs: list[list[int]] = []
    for count in sorted(set(numbers)):
        if runs and count == runs[-1][-1] + 1:
            runs[-1].append(count)
        else:
            runs.append([count])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def _driver_around(laps: Mapping[int, Document], count: int) -> str | None:
    """Return who drove the laps before and after, if it was the same; who drove the lap is then no secret."""
    before = max((each for each in laps if each < count), default=None)
    after = min((each for each in laps if each > count), default=None)
    names = {laps[each].get("Driver") for each in (before, after) if each is not None}
    (name,) = names if len(names) == 1 else (None,)
    return str(name) if name else None


def _times_of(laps: Mapping[int, Document]) -> dict[int, float]:
    return {count: time_s for count, lap in laps.items() if (time_s := number(lap, "LapLastLapTime")) is not None}


def _fastest(times: Mapping[int, float], results: Results) -> float | None:
    """Return what is recorded for the lap that the simulator has as the fastest, s; None where there is nothing."""
    return min(times.values(), default=None) if results.fastest_lap is None else times.get(results.fastest_lap)


def _disagreements(laps: Mapping[int, Document], results: Results) -> Sequence[Otherwise]:
    said = []
    times = _times_of(laps)
    fastest_s, fastest_lap = results.fastest_s, results.fastest_lap
    if fastest_s is not None:
        ours_s = _fastest(times, results)
        if ours_s is not None and abs(ours_s - fastest_s) > SAME_TIME_S:
            said.append(Otherwise(fastest_s, ours_s, fastest_lap))
        faster = [count for count, time_s in times.items() if time_s < fastest_s - SAME_TIME_S]
        if faster:
            said.append(Otherwise(fastest_s, faster=faster))
    if results.last_s is not None and results.laps in times:
        last_s = times[results.laps]
        if abs(last_s - results.last_s) > SAME_TIME_S:
            said.append(Otherwise(results.last_s, last_s, results.laps))
    return said
