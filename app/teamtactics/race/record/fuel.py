"""What was put into the tank in a lap: fillings that were seen, and what came in where nobody looked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf

from teamtactics.model.facts import Filling, MomentKind, Place, Sight, Vantage
from teamtactics.race.eyes.fuel import NOISE_L
from teamtactics.race.record.bounds import Edge, end_of, first_edge, last_edge, outside_sights, start_of, without
from teamtactics.race.record.window import SAME_MOMENT_S, Told, Window

UNSEEN_FILLING_L = 0.3
"""A level that is higher by more than this after a time nobody saw proves that something was put in."""

SHORTEST_STOP_S = 12.0
"""From the track to the track: a pit lane of 150 m at 60 km/h, and braking to a stand and starting again."""

SHORTEST_STOP_FROM_LANE_S = 3.0
"""One end in the pit lane already."""

SHORTEST_STOP_IN_STALL_S = 0.5
"""One end in the stall: a filling shows at once."""

SOON_S = 1.0
"""So soon after the car was put into its stall the crew has not begun, and the driver has just got in."""

SOON_TOWED_S = 2.0
"""The same where it was towed: the crew waits for the end of that."""

SPLASH_S = 60.0
"""
In so short a time no more is burned than a splash brings: a tank that has not risen meanwhile got nothing. Whoever
stops for less than he burns on the way loses more than he gains.
"""

SPLASH_IN_PITS_S = 20.0
"""The same where the car was last seen in the pits, or is found there: the way to the stall is short."""

SHORTEST_PUT_S = 6.0
"""To be put into the stall, to stand there and to drive off again takes longer."""

IN_PITS = (Place.LANE, Place.STALL)
_BEGIN_OR_END = (MomentKind.TOWED, MomentKind.ENTER, MomentKind.EXIT)
Ends = tuple[Edge | None, Edge | None]
STOPPED = (MomentKind.STOOD, MomentKind.SERVED, MomentKind.PUT, MomentKind.RESET, MomentKind.TOWED)


def fuel_added_l(window: Window) -> float | None:
    """Return the litres put in; None where some may have come in before nobody's eyes."""
    added_l = _seen_l([filling for facts in window.lap for filling in facts.fillings])
    for hole in _holes(window):
        hole_l = next((one_l for one_l in (_unseen_l(window, *ends) for ends in hole) if one_l is not None), None)
        if hole_l is None:
            return None
        added_l += hole_l
    return added_l


def is_put_back(window: Window) -> bool:
    """
    Tell whether the lap's begin counts no more: the car jumped, or was put into its stall and not by a tow.

    Who looks from outside cannot tell the two apart; that it was a tow, the driver's client knows.
    """
    if window.of_kind(MomentKind.JUMPED):
        return True
    put = window.of_kind(MomentKind.RESET, MomentKind.PUT)
    return any(not _was_towed(window, moment.at.session_time_s) for moment in put)


def may_be_put(window: Window) -> bool:
    """Tell whether the car, left on the track and found in the pits, may have been put there with another tank."""
    nearest = (hole[0] for hole in _holes(window))
    return any(left is not None and found is not None and _may_be_put(window, left, found) for left, found in nearest)


def _may_be_put(window: Window, left: Edge, found: Edge) -> bool:
    if left.place is not Place.TRACK or found.place not in IN_PITS or (left.stood and _has_same_tank(left, found)):
        return False
    if found.place is Place.LANE and found.at_s - left.at_s <= SHORTEST_PUT_S:
        return False
    came = window.of_kind(MomentKind.ENTER, MomentKind.TOWED)
    return not any(left.at_s <= moment.at.session_time_s <= found.at_s + SAME_MOMENT_S for moment in came)


def _seen_l(fillings: Sequence[Filling]) -> float:
    """Add up what was seen; where two saw parts of one filling, the levels tell what they saw together."""
    added_l, whole = 0.0, None
    for filling in sorted(set(fillings), key=lambda each: (each.from_s, -each.until_s, -each.added_l, each.from_l)):
        if whole is None or filling.from_s > whole.until_s:
            added_l += 0.0 if whole is None else whole.added_l
            whole = filling
        elif filling.until_s > whole.until_s:
            both_l = max(whole.added_l, filling.until_l - whole.from_l)
            whole = replace(whole, until_s=filling.until_s, until_l=filling.until_l, added_l=both_l)
    return added_l if whole is None else added_l + whole.added_l


def _holes(window: Window) -> Iterator[Sequence[Ends]]:
    """
    Give the stretches of the lap that were not seen from the car: how it was left, and how it was found.

    Of a stretch that reaches over a line which nobody saw, the ends nearest to it come first, from wherever they were
    seen, then those from the car, where the level is known. What the one or the other tells is known: who looks on
    from outside takes nothing away from what the driver's client has seen.
    """
    start = start_of(window)
    lefts = _last_before(window) if start is None else [start]
    for sight in window.car_sights:
        if not lefts or sight.from_s > lefts[0].at_s:
            yield _between(lefts, [first_edge(sight)])
        if not lefts or sight.until_s >= lefts[0].at_s:
            lefts = [last_edge(sight)]
    end = end_of(window)
    ends = _first_after(window) if end is None else [end]
    if not ends and window.is_under_way and lefts:
        return
    if not ends or not lefts or ends[0].at_s > lefts[0].at_s:
        yield _between(lefts, ends)


def _between(lefts: Sequence[Edge], ends: Sequence[Edge]) -> Sequence[Ends]:
    """Pair the two ends of a hole in every way; None where nobody knows when the lap began or ended."""
    nowhere: Sequence[Edge | None] = (None,)
    return [(left, end) for left in lefts or nowhere for end in ends or nowhere]


def _last_before(window: Window) -> Sequence[Edge]:
    """
    Nobody saw the lap begin: it did so after the car was last seen in the one before.

    What begins behind the first sight of this lap is no sight of the one before: who came back while the car was not in
    the world did not know yet that the lap was another.
    """
    behind_s = min((sight.from_s for facts in window.lap for sight in facts.sights), default=inf)
    sights = [sight for facts in window.before for sight in facts.sights if sight.from_s < behind_s]
    latest = sorted(sights, key=lambda sight: (sight.until_s, repr(sight)), reverse=True)
    return [_across(last_edge(sight)) for sight in _and_from_car(latest)]


def _first_after(window: Window) -> Sequence[Edge]:
    sights = [sight for facts in window.after for sight in facts.sights]
    earliest = sorted(sights, key=lambda sight: (sight.from_s, repr(sight)))
    return [_across(first_edge(sight)) for sight in _and_from_car(earliest)]


def _and_from_car(sights: Sequence[Sight]) -> Sequence[Sight]:
    """Return the first of *sights*, and the first from the car if that is another."""
    from_car = [sight for sight in sights if sight.vantage is Vantage.CAR]
    return list(dict.fromkeys((*sights[:1], *from_car[:1])))


def _across(edge: Edge) -> Edge:
    """Not said to have stood: what came in may have come in on the other side of the line."""
    return replace(edge, stood=False)


def _unseen_l(window: Window, left: Edge | None, found: Edge | None) -> float | None:
    """Return what was put in between two sights; None where nobody knows."""
    if left is None or found is None:
        return None
    rise_l = None if left.level_l is None or found.level_l is None else found.level_l - left.level_l
    if rise_l is not None and _stood_throughout(window, left, found):
        return rise_l if rise_l > NOISE_L else 0.0
    if _was_just_put(window, left, found):
        # Its tank may have been changed: no refuelling.
        return 0.0
    if left.place is Place.TRACK and _has_same_tank(left, found):
        # Nobody has driven, it was put there.
        return 0.0
    if rise_l is not None and rise_l <= NOISE_L and _is_too_short_for_a_filling(window, left, found):
        return 0.0
    if _may_have_stopped(window, left, found) or (rise_l is not None and rise_l > UNSEEN_FILLING_L):
        return None
    return 0.0


def _has_same_tank(left: Edge, found: Edge) -> bool:
    """Tell whether nothing was burned, as it is by whoever drives, nor anything put in."""
    if left.level_l is None or found.level_l is None:
        return False
    return abs(found.level_l - left.level_l) <= NOISE_L


def _is_too_short_for_a_filling(window: Window, left: Edge, found: Edge) -> bool:
    is_on_track = left.place is Place.TRACK and found.place is Place.TRACK
    longest_s = SPLASH_S if is_on_track else SPLASH_IN_PITS_S
    return found.at_s - left.at_s <= longest_s and not _has_stopped(window, left, found)


def _has_stopped(window: Window, left: Edge, found: Edge) -> bool:
    """Tell whether anybody saw the car stop between the two."""
    around: Told = (*window.before, *window.lap, *window.after)
    told = (moment for facts in around for moment in facts.moments if moment.kind in STOPPED)
    return any(left.at_s < moment.at.session_time_s < found.at_s for moment in told)


def _stood_throughout(window: Window, left: Edge, found: Edge) -> bool:
    """Tell whether the car stood in the pits all the time, so that the two levels say what came in."""
    has_moved = any(
        left.at_s < moment.at.session_time_s <= found.at_s
        for moment in window.of_kind(MomentKind.ENTER, MomentKind.EXIT, MomentKind.RESET)
    )
    if has_moved or not found.stood or found.place not in IN_PITS:
        return False
    if left.place in IN_PITS:
        return left.stood
    # On the track it stood as well, or it was being towed already: else it may have driven on, and burned something.
    return _was_towed(window, found.at_s) and (left.stood or _was_towed(window, left.at_s, told_after_s=0.0))


def _was_just_put(window: Window, left: Edge, found: Edge) -> bool:
    """Tell whether the car was put into its stall just before it was found, and had not stopped anywhere until then."""
    moments = window.of_kind(MomentKind.RESET, MomentKind.PUT, MomentKind.TOWED)
    put = [at_s for moment in moments if left.at_s <= (at_s := moment.at.session_time_s) <= found.at_s]
    towed = [moment for moment in moments if moment.kind is MomentKind.TOWED]
    soon_s = SOON_TOWED_S if any(moment.at.session_time_s in put for moment in towed) else SOON_S
    if not put or found.at_s - max(put) > soon_s:
        return False
    before = Edge(max(left.at_s, min(put) - SAME_MOMENT_S), Place.TRACK)
    return not _may_have_stopped(window, left, before)


def _was_towed(window: Window, at_s: float, told_after_s: float = SAME_MOMENT_S) -> bool:
    """
    Tell whether the visit that the car is in at *at_s* began with a tow.

    Args:
        told_after_s: So much later it may have been told: who gets in while it is towed tells of it some ticks later
            than others see it put there.
    """
    told = [
        (moment.at.session_time_s, moment.kind)
        for facts in (*window.before, *window.lap)
        for moment in facts.moments
        if moment.kind in _BEGIN_OR_END
        and moment.at.session_time_s <= at_s + (told_after_s if moment.kind is MomentKind.TOWED else 0.0)
    ]
    return bool(told) and max(told)[1] is MomentKind.TOWED


def _may_have_stopped(window: Window, left: Edge, found: Edge) -> bool:
    """Tell whether the car can have been served between the two: nobody saw that it was not."""
    if _has_stopped(window, left, found):
        return True
    around: Told = (*window.before, *window.lap, *window.after)
    sights = [sight for sight in outside_sights(around) if sight.from_s < found.at_s and left.at_s < sight.until_s]
    spans = without([(left.at_s, found.at_s)], [(sight.from_s, sight.until_s) for sight in sights])
    ends = [(left.at_s, left.place), (found.at_s, found.place)]
    ends += [end for sight in sights for end in ((sight.from_s, sight.place_first), (sight.until_s, sight.place_last))]
    is_in_stall = any(place is Place.STALL and left.at_s <= at_s <= found.at_s for at_s, place in ends)
    if is_in_stall and found.at_s - left.at_s > SHORTEST_STOP_IN_STALL_S:
        return True
    return any(
        until_s - from_s > min(_harmless_s(place) for at_s, place in ends if at_s in (from_s, until_s))
        for from_s, until_s in spans
    )


def _harmless_s(place: Place) -> float:
    match place:
        case Place.TRACK:
            return SHORTEST_STOP_S
        case Place.STALL:
            return SHORTEST_STOP_IN_STALL_S
        case _:
            return SHORTEST_STOP_FROM_LANE_S
