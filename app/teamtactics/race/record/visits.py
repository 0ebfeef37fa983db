"""
Where stints begin: the car's visits to the pits, told in order of time from all that everybody saw of them.

The exit from a visit in which the car stood in its stall, or was put there, begins a stint. An exit that nobody saw is
known to have been once the car is seen on the track, or drives in again, or its tank is fuller; one that somebody saw
comes before that in time, and then there is nothing left to infer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

from teamtactics.model.facts import MomentKind, PitMoment, Place, Sight, Vantage
from teamtactics.race.record.bounds import start_of
from teamtactics.race.record.fuel import IN_PITS, UNSEEN_FILLING_L
from teamtactics.race.record.window import SAME_MOMENT_S, Window, lines_of

NEVER_S = -inf

PUT = (MomentKind.TOWED, MomentKind.RESET, MomentKind.PUT)
TELLING = frozenset({MomentKind.ENTER, MomentKind.EXIT, MomentKind.STOOD, MomentKind.SERVED, *PUT})
"""What tells where a stint begins; that the car stops somewhere, starts, or was found in the pits, does not."""

BEEN_ON_TRACK_LAP = 2
"""Whoever is in this lap has completed one: leaving the pits is no leaving of the garage."""


FOUND_S = 0.2
"""It takes some ticks to be sure that one drives; what is told in the last of them was so in the first."""


@dataclass(frozen=True, slots=True)
class Level:
    """What was in the tank when it was last seen."""

    level_l: float
    at_s: float
    lap: int


@dataclass(frozen=True, slots=True)
class PitState:
    """
    What must be remembered from lap to lap to tell where stints begin.

    Attributes:
        has_been_on_track: Else the car leaves the garage, and that begins nothing.

        stands_s, stands_lap: When the car was last known to be in the pits, in a visit in which it stood; None when it
            is in no such visit.

        stood_lap: The lap in which it came to stand in that visit; seen in the pits in a later one, it has crossed the
            line there.

        is_towed: It is on its way there, still on the track.

        left_s, left_lap: When it was last seen to leave the pits.

        begun_s: When the last stint began, or at the latest began.

        level: What is known of the tank.
    """

    has_been_on_track: bool = False
    stands_s: float | None = None
    stands_lap: int = 0
    stood_lap: int = 0
    is_towed: bool = False
    left_s: float = NEVER_S
    left_lap: int = 0
    begun_s: float = NEVER_S
    level: Level | None = None


Begun = int | None
"""The lap in which a stint began."""


@dataclass(frozen=True, slots=True)
class _Clue:
    """
    One thing that tells of a visit.

    Attributes:
        rank: Of things at one time: what is inside the pits, then what leads out of them, then what proves it.

        kind: A ``Level`` is the one before a time in which nobody looked, behind which the tank is fuller.

        is_in_pits: There the fuller car was found: for the stop that filled it, unless it has made that before.
    """

    at_s: float
    rank: int
    kind: MomentKind | Place | Level
    is_exact: bool = True
    is_in_pits: bool = False


def follow(state: PitState, lap: int, window: Window, is_stall_first: bool) -> tuple[PitState, Sequence[int]]:
    """
    Take the next lap of which something is known; return what to remember, and the laps in which stints began.

    Args:
        lap: The number of the lap in the middle of *window*; they come in order.

        is_stall_first: Whether one who leaves the stall comes to the line before he is out of the pits. It decides only
            where the line was crossed before nobody's eyes, and the exit too.
    """
    if lap >= BEEN_ON_TRACK_LAP or any(line.on_pit_road is False for _, line in lines_of(window.before)):
        state = replace(state, has_been_on_track=True)
    proofs, level = _tank(window, state.level, lap)
    begins: list[int] = []
    for clue in _clues(window, proofs):
        state, begun = _take(state, clue, lap, is_stall_first)
        if begun is not None:
            begins.append(begun)
    # Only what is later than the level seen last is ever asked for; to forget the rest ends a re-count early.
    seen_s = inf if level is None else level.at_s
    return (
        replace(
            state,
            level=level,
            left_s=state.left_s if state.left_s > seen_s else NEVER_S,
            begun_s=state.begun_s if state.begun_s > seen_s else NEVER_S,
        ),
        begins,
    )


def _take(state: PitState, clue: _Clue, lap: int, is_stall_first: bool) -> tuple[PitState, Begun]:
    stands_s = state.stands_s
    match clue.kind:
        case Level() as level if clue.is_in_pits:
            if state.begun_s > level.at_s:
                return state, None
        case Level() as level:
            return _prove(state, level, clue.at_s, lap, is_stall_first)
        case MomentKind.EXIT:
            return _leave(replace(state, left_s=clue.at_s, left_lap=lap), clue.at_s, lap)
        case MomentKind.ENTER:
            return _leave(state, clue.at_s, _exit_lap(state, lap, is_stall_first))
        case Place.TRACK:
            later_s = 0.0 if clue.is_exact else SAME_MOMENT_S
            if (stands_s is not None and clue.at_s - stands_s <= later_s) or (
                state.is_towed and lap == state.stands_lap
            ):
                return state, None
            return _leave(state, clue.at_s, _exit_lap(state, lap, is_stall_first))
        case Place() if stands_s is None:
            return state, None
        case MomentKind.PLACED if state.level is None:
            # Nobody has seen it before: it is in its garage.
            return state, None
    begun = None
    if stands_s is not None and _has_been_round(state, clue, lap):
        state, begun = _leave(state, clue.at_s, _exit_lap(state, lap, is_stall_first))
        if clue.kind is Place.LANE:
            return state, begun
    stood_lap = lap if state.stands_s is None else state.stood_lap
    is_towed = clue.kind is MomentKind.TOWED
    return replace(state, stands_s=clue.at_s, stands_lap=lap, stood_lap=stood_lap, is_towed=is_towed), begun


def _has_been_round(state: PitState, clue: _Clue, lap: int) -> bool:
    """
    Tell whether a car that stood in the pits has driven a lap before it is there again, or is put there.

    To come to the line it must leave the stall; on pit road it may still be, but not behind a second line.
    """
    if clue.kind in (Place.LANE, MomentKind.SERVED) or clue.is_in_pits:
        return lap > state.stood_lap + 1
    return lap > state.stood_lap


def _leave(state: PitState, at_s: float, lap: int) -> tuple[PitState, Begun]:
    """The car is out of the pits; return also the lap in which that began a stint."""
    begins = state.stands_s is not None and state.has_been_on_track
    out = replace(state, has_been_on_track=True, stands_s=None, stands_lap=0, stood_lap=0, is_towed=False)
    return (replace(out, begun_s=at_s), lap) if begins else (out, None)


def _exit_lap(state: PitState, lap: int, is_stall_first: bool) -> int:
    """Name the lap in which the car left, before it was seen outside in *lap*."""
    if state.stands_s is None or state.stands_lap >= lap:
        return lap
    is_behind_line = state.stands_lap > state.stood_lap
    return state.stands_lap + 1 if is_stall_first and not is_behind_line else state.stands_lap


def _prove(state: PitState, before: Level, at_s: float, lap: int, is_stall_first: bool) -> tuple[PitState, Begun]:
    """The car is on the track with more in its tank than before nobody looked: it has stood, unless that is known."""
    if state.begun_s > before.at_s:
        return state, None
    proved = replace(state, stands_s=before.at_s, stands_lap=before.lap, stood_lap=before.lap)
    if state.left_s > before.at_s:
        return _leave(proved, at_s, state.left_lap)
    return _leave(proved, at_s, _exit_lap(proved, lap, is_stall_first))


def _clues(window: Window, proofs: list[_Clue]) -> list[_Clue]:
    told = (moment for moment in window.moments if moment.kind in TELLING or _is_found_in_stall(window, moment))
    guessed = _guessed_s(window)
    found = [_clue(moment, guessed) for moment in told]
    for facts in window.lap:
        for sight in facts.sights:
            is_exact = sight.vantage is Vantage.CAR
            ends = ((sight.from_s, sight.place_first), (sight.until_s, sight.place_last))
            found += [_Clue(at_s, _rank(place), place, is_exact) for at_s, place in ends if place is not Place.AWAY]
    return sorted((*found, *proofs), key=lambda clue: (clue.at_s, clue.rank, str(clue.kind), clue.is_exact))


def _is_found_in_stall(window: Window, moment: PitMoment) -> bool:
    """Tell whether who got in found the car in its stall, not knowing how it came there."""
    if moment.kind is not MomentKind.PLACED or moment.vantage is not Vantage.CAR:
        return False
    # Builds of 2015 do not tell the stall; whoever has just got in stands in it.
    found = (sight for sight in window.car_sights if sight.from_s == moment.at.session_time_s)
    return any(sight.place_first in IN_PITS and sight.stood_first for sight in found)


def _clue(moment: PitMoment, guessed: set[float]) -> _Clue:
    at_s, kind = moment.at.session_time_s, moment.kind
    if kind is MomentKind.TOWED and moment.vantage is Vantage.OUTSIDE:
        # Who saw from outside that it was towed saw it in its stall: it is on its way no more.
        kind = MomentKind.PUT
    elif kind is MomentKind.STOOD and at_s in guessed:
        kind = MomentKind.SERVED
    return _Clue(at_s, _rank(kind), kind)


def _guessed_s(window: Window) -> set[float]:
    """
    Return when it was told that the car stood by somebody who first saw it on its way in the pit lane.

    It has stood, for all that he can know (``eyes.pits``); not that it did so behind the line that it crossed last.
    """
    moments = [moment for moment in window.moments if moment.vantage is Vantage.CAR]
    placed = [moment.at.session_time_s for moment in moments if moment.kind is MomentKind.PLACED]
    begun = [sight.from_s for sight in window.car_sights if sight.place_first is Place.LANE]
    stood = (moment.at.session_time_s for moment in moments if moment.kind is MomentKind.STOOD)
    return {
        at_s
        for at_s in stood
        if any(0.0 <= at_s - placed_s <= FOUND_S for placed_s in placed)
        and any(abs(at_s - from_s) <= FOUND_S for from_s in begun)
    }


def _tank(window: Window, known: Level | None, lap: int) -> tuple[list[_Clue], Level | None]:
    """
    Find what the tank proves; return also the level seen last.

    No proof is a tank that may have been changed,
    because the car was put into its stall.
    """
    found: list[_Clue] = []
    put = [moment.at.session_time_s for moment in window.of_kind(*PUT)]
    for sight in window.car_sights:
        if sight.fuel_first_l is None or sight.fuel_last_l is None:
            continue
        if known is not None and sight.from_s > known.at_s and sight.fuel_first_l - known.level_l > UNSEEN_FILLING_L:
            is_put = any(known.at_s <= at_s <= sight.from_s + SAME_MOMENT_S for at_s in put)
            if _place_first(window, sight) in IN_PITS:
                found += [] if is_put else [_Clue(sight.from_s, _rank(MomentKind.SERVED), known, is_in_pits=True)]
            elif not is_put:
                found.append(_Clue(sight.from_s, _PROOF, known))
        if known is None or sight.until_s > known.at_s:
            known = Level(sight.fuel_last_l, sight.until_s, lap)
    return found, known


def _place_first(window: Window, sight: Sight) -> Place:
    """Return where *sight* begins; one that does not say, and begins at the line, where the lap before ended."""
    start = start_of(window) if sight.place_first is Place.AWAY and sight.from_line else None
    return sight.place_first if start is None else start.place


_PROOF = 5


def _rank(kind: MomentKind | Place) -> int:
    match kind:
        case Place.LANE | Place.STALL:
            return 0
        case MomentKind.EXIT | MomentKind.ENTER:
            return 2
        case Place.TRACK:
            return 4
        case _:
            return 1


def decides(state: PitState | None) -> tuple[object, ...]:
    """Return what of a state decides where the next stint begins."""
    state = PitState() if state is None else state
    return (state.has_been_on_track, state.stands_s is not None, state.stands_lap, state.stood_lap, state.is_towed)
