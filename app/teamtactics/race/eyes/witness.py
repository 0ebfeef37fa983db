"""The second witness: what a member sees of the own car from outside while somebody else drives it."""

from __future__ import annotations

from teamtactics.model.frame import IN_PIT_STALL, NOT_IN_WORLD, Frame
from teamtactics.model.records import Moment
from teamtactics.model.session import SessionInfo
from teamtactics.race.eyes.continuity import HOLD_TICKS
from teamtactics.race.eyes.laps import LapUnderWay
from teamtactics.race.eyes.outside import Fact, FactKind, Witness
from teamtactics.race.eyes.pitstop import Cause, PitVisit
from teamtactics.race.eyes.waiting import SETTLES_S, waiting_lap
from teamtactics.race.memory import Memory

PICTURE_LAG_S = 1.0
"""What a member sees of a car whose physics run elsewhere is 0.99 to 1.007 s old (field guide 3.8)."""

STALL_S = 1.0
"""A car that shows in its stall for so long stands there; a drive-through passes it faster."""

RATE_S = 5.0
"""So long the clocks must have been watched to tell how fast the day runs: it has whole seconds only."""

RATE_AGAIN_S = 10_000.0
"""Measured anew so often: the day must not have gone round meanwhile, also when it runs eight times faster."""

DAY_S = 86_400.0
KEPT_FACTS = 40


def watch(memory: Memory, frame: Frame, info: SessionInfo) -> None:
    """
    Take one tick of a car that somebody else may be driving.

    What is seen moves the memory on (laps, stint, pit visit), until a state of the driver's client tells it better.

    Source:
        CarIdxLapCompleted, CarIdxOnPitRoad, CarIdxTrackSurface of the own car; field guide 3.4, 5.1, 11.
    """
    seen, surface, laps = memory.witness, frame.car_track_surface, frame.car_lap_completed
    if surface is None or laps is None or not info.is_team_session:
        return
    if seen.first is None or frame.session_time - seen.first.session_time_s > RATE_AGAIN_S:
        seen.first = Moment(frame.session_time, frame.session_time_of_day)
    if surface == NOT_IN_WORLD:
        if seen.has_sight:
            lose_sight(memory)
        return
    if not seen.has_sight:
        _catch_sight(memory, frame, laps)
        return
    if info.own is not None and frame.session_time - (seen.driven_since_s or 0.0) >= SETTLES_S:
        seen.driver = info.own.user_id
    if laps != seen.laps:
        _step(memory, frame, info, laps)
    elif seen.odd_ticks:
        seen.odd_ticks = 0
    if frame.car_on_pit_road != seen.on_pit_road:
        _flip(memory, frame)
    elif seen.flip_ticks:
        seen.flip_ticks = 0
    if surface == IN_PIT_STALL:
        _stand(memory, frame)
    elif seen.stall_since is not None:
        seen.stall_since = None


def lose_sight(memory: Memory) -> None:
    """The car is out of the world, or nobody looked: no edge can follow from that (field guide 11.1)."""
    seen = memory.witness
    seen.has_sight = False
    seen.flip_ticks = 0
    seen.stall_since = seen.driven_since_s = None
    for waiting in memory.waiting:
        # Whoever gets in now did not complete that lap, whatever the text will say.
        waiting.settles_s = 0.0


def replay_facts(memory: Memory, after_s: float) -> None:
    """Let count again what was seen after session time *after_s*: the state just taken over is older than that."""
    for fact in memory.witness.facts:
        if fact.at.session_time_s > after_s:
            _apply(memory, fact)
    is_older = memory.clock.time_s - 2.0 * PICTURE_LAG_S > after_s
    if is_older and memory.witness.has_sight and memory.witness.on_pit_road is False:
        _expect_unseen_exit(memory)


def silent_for_s(memory: Memory, info: SessionInfo | None) -> float:
    """
    Return for how long the team-mate in the car has been driving without his client telling anything, s.

    0 while nobody drives, or the member of this PC does.
    """
    since_s = memory.witness.driven_since_s
    own = None if info is None else info.own
    if since_s is None or own is None or info is None or own.user_id == info.driver_user_id or memory.seat.is_driving:
        return 0.0
    if memory.customer_id == own.user_id and memory.driven_s is not None:
        since_s = max(since_s, memory.driven_s)
    return max(0.0, memory.clock.time_s - since_s)


def _catch_sight(memory: Memory, frame: Frame, laps: int) -> None:
    seen = memory.witness
    seen.saw_start = seen.saw_start or (seen.laps is None and laps < 1)
    if seen.laps is not None and laps > seen.laps:
        _miss(memory, laps)
    seen.laps, seen.has_sight, seen.driven_since_s = laps, True, frame.session_time
    seen.on_pit_road, seen.exit_was_unseen = frame.car_on_pit_road, False
    if not frame.car_on_pit_road and frame.car_track_surface != IN_PIT_STALL:
        memory.stint.has_been_on_track = True
        _expect_unseen_exit(memory)
    else:
        _note(memory, Fact(FactKind.PLACED, _moment(memory, frame)))


def _expect_unseen_exit(memory: Memory) -> None:
    """The car shows on the track: if it was told to be on pit road, it has left since; some ticks more make it sure."""
    seen = memory.witness
    if memory.pits.is_on and memory.pits.visit is not None:
        seen.on_pit_road = seen.exit_was_unseen = True


def _miss(memory: Memory, laps: int) -> None:
    """Laps were completed while nobody looked: they stay absent, the one under way has an unknown start."""
    known = memory.counter.value
    if known is not None and laps > known:
        memory.stint.laps += laps - known
        memory.counter.value, memory.counter.crossing_s = laps, None
        memory.lap = LapUnderWay(has_unknown_stop=True)
        memory.closing = memory.closing_line = None
        memory.fuel.forget()


def _step(memory: Memory, frame: Frame, info: SessionInfo, laps: int) -> None:
    seen = memory.witness
    if seen.laps is not None and laps != seen.laps + 1:
        # A counter that falls is a glitch while the car is in the world (field guide 1.7, 5.2): it comes back.
        seen.odd_ticks = seen.odd_ticks + 1 if laps > seen.laps else 0
        if seen.odd_ticks >= HOLD_TICKS:
            _miss(memory, laps)
            seen.laps, seen.odd_ticks = laps, 0
        return
    seen.laps, seen.odd_ticks = laps, 0
    at = _moment(memory, frame)
    is_told = seen.proven_lap is not None and laps <= seen.proven_lap
    if laps >= 1 and not is_told:
        memory.waiting = (*memory.waiting, waiting_lap(memory, frame, info, laps, at))
    _note(memory, Fact(FactKind.LINE, at, laps))


def _flip(memory: Memory, frame: Frame) -> None:
    seen = memory.witness
    if seen.flip_ticks == 0:
        seen.flip_at = _moment(memory, frame)
    seen.flip_ticks += 1
    if seen.flip_ticks < HOLD_TICKS or seen.flip_at is None:
        return
    seen.flip_ticks = 0
    seen.on_pit_road = frame.car_on_pit_road
    if not seen.on_pit_road:
        kind = FactKind.LEFT_UNSEEN if seen.exit_was_unseen else FactKind.PIT_EXIT
        seen.exit_was_unseen = False
    elif frame.car_track_surface == IN_PIT_STALL:
        # Towed: from the track into the stall in one frame (field guide 9.2).
        kind = FactKind.PLACED
    else:
        kind = FactKind.PIT_ENTER
    _note(memory, Fact(kind, seen.flip_at))


def _stand(memory: Memory, frame: Frame) -> None:
    seen = memory.witness
    visit = memory.pits.visit
    if visit is None or visit.stood_in_stall:
        return
    if seen.stall_since is None:
        seen.stall_since = _moment(memory, frame)
    elif frame.session_time - PICTURE_LAG_S - seen.stall_since.session_time_s >= STALL_S:
        _note(memory, Fact(FactKind.IN_STALL, seen.stall_since))


def _note(memory: Memory, fact: Fact) -> None:
    memory.witness.facts = (*memory.witness.facts, fact)[-KEPT_FACTS:]
    _apply(memory, fact)


def _apply(memory: Memory, fact: Fact) -> None:
    """Let one thing seen from outside move the memory on; whatever a state has told already stays as told."""
    pits, lap, at = memory.pits, memory.lap, fact.at
    match fact.kind:
        case FactKind.LINE:
            if memory.counter.value is None or memory.counter.value < fact.laps:
                _cross(memory, fact)
        case FactKind.PIT_ENTER:
            if pits.visit is None:
                pits.visit = PitVisit(Cause.ENTRY, has_driven=True)
                lap.pit_enter = at
            pits.is_on = True
        case FactKind.PLACED:
            if pits.visit is None:
                pits.visit = PitVisit(Cause.UNSEEN, stood_in_stall=True)
                lap.lose_start()
            pits.is_on = True
        case FactKind.IN_STALL:
            if pits.visit is not None:
                pits.visit.stood_in_stall = True
        case FactKind.PIT_EXIT | FactKind.LEFT_UNSEEN:
            visit = pits.visit
            # Off pit road with a visit: the driver's client has told the exit after a tow before we see it.
            if visit is not None and pits.is_on:
                lap.pit_exit = at if fact.kind is FactKind.PIT_EXIT else None
                lap.has_unknown_stop = lap.has_unknown_stop or visit.stood_in_stall
                if not _has_told_start(memory, visit):
                    lap.start_moving = None
                memory.stint.leave_pits(visit.ends_stint)
                memory.fuel.forget()
            pits.visit, pits.is_on = None, False


def _has_told_start(memory: Memory, visit: PitVisit) -> bool:
    """Tell whether the start that the lap knows of is the one of this *visit*, and not of one before."""
    enter, start = memory.lap.pit_enter, memory.lap.start_moving
    if enter is None or start is None or visit.cause is not Cause.ENTRY or visit.is_standing:
        return False
    return start.session_time_s > enter.session_time_s


def _cross(memory: Memory, fact: Fact) -> None:
    memory.counter.value, memory.counter.crossing_s = fact.laps, fact.at.session_time_s
    memory.closing = memory.closing_line = None
    memory.lap = LapUnderWay(start_s=fact.at.session_time_s)
    memory.last_lap_time_s = None
    memory.fuel.forget()
    if memory.pits.visit is None:
        memory.stint.has_been_on_track = True
    else:
        memory.pits.visit.has_crossed_line = True
    if fact.laps >= 1:
        memory.stint.laps += 1


def _moment(memory: Memory, frame: Frame) -> Moment:
    """Name the time of what *frame* shows of the car: a second ago."""
    return Moment(frame.session_time - PICTURE_LAG_S, _of_day_then(memory.witness, frame))


def _of_day_then(seen: Witness, frame: Frame) -> float | None:
    """Return the time of day a second ago; it may stand still or run several times faster (field guide 8.2)."""
    now_s, first = frame.session_time_of_day, seen.first
    if now_s is None or first is None or first.time_of_day_s is None:
        return None
    passed_s = frame.session_time - first.session_time_s
    if passed_s < RATE_S:
        return None
    rate = round((now_s - first.time_of_day_s) % DAY_S / passed_s)
    return (now_s - PICTURE_LAG_S * rate) % DAY_S
