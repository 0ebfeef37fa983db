"""What was requested for the stop in a lap, or stands requested at its line."""

from __future__ import annotations

from teamtactics.model.facts import MomentKind, PitMoment, Place, Vantage
from teamtactics.model.records import Moment
from teamtactics.race.record.bounds import without
from teamtactics.race.record.fuel import STOPPED
from teamtactics.race.record.visits import BEEN_ON_TRACK_LAP, PUT
from teamtactics.race.record.window import SAME_MOMENT_S, Window

_COMING = (MomentKind.ENTER, MomentKind.EXIT, *PUT)


def request(window: Window, added_l: float | None) -> tuple[int | None, bool]:
    """
    Return ``PitSvFlags``, and whether they are those of a stop.

    Of several stops the last one counts. Where a stop may have been made that nobody saw, nobody knows what for.
    """
    if window.of_kind(MomentKind.STOP) or _has_stood(window):
        requests = [each for facts in window.lap for each in facts.requests]
        latest = max(requests, key=lambda each: (each.at_s, each.is_final, each.flags), default=None)
        return (None if latest is None or _stands_again(window, latest.at_s) else latest.flags), True
    if added_l is None:
        return None, False
    return next((line.pit_sv_flags for _, line in window.lines if line.pit_sv_flags is not None), None), False


def _has_stood(window: Window) -> bool:
    """Tell whether the car stood in a stall that it had driven to: nobody need have seen it stop there."""
    exits = {moment.at for moment in window.of_kind(MomentKind.EXIT)}
    stood = [moment for moment in window.of_kind(MomentKind.STOOD, MomentKind.SERVED) if moment.at not in exits]
    return any(not _is_in_sight(window, moment) and not _was_put(window, moment.at) for moment in stood)


def _is_in_sight(window: Window, moment: PitMoment) -> bool:
    """Tell whether what looked so from outside was seen from the car as well, which knows better."""
    at_s = moment.at.session_time_s
    sights = (sight for facts in (*window.lap, *window.after) for sight in facts.sights)
    seen = without([(at_s, at_s + SAME_MOMENT_S)], [(s.from_s, s.until_s) for s in sights if s.vantage is Vantage.CAR])
    return moment.vantage is Vantage.OUTSIDE and not seen


def _was_put(window: Window, at: Moment) -> bool:
    """Tell whether the car came into the visit that it is in without driving; in its garage it is where it begins."""
    told = [moment for facts in (*window.before, *window.lap) for moment in facts.moments]
    until_s = at.session_time_s + SAME_MOMENT_S
    came = [each for each in told if each.kind in _COMING and each.at.session_time_s <= until_s]
    if came:
        return max(came, key=lambda each: (each.at.session_time_s, each.kind.value)).kind in PUT
    is_found = any(each.kind is MomentKind.PLACED for each in told)
    return is_found and window.lap[0].lap < BEEN_ON_TRACK_LAP and not _has_been_on_track(window, at)


def _has_been_on_track(window: Window, at: Moment) -> bool:
    """Tell whether somebody saw the car on the track before *at*."""
    sights = (sight for facts in (*window.before, *window.lap) for sight in facts.sights)
    ends = (end for sight in sights for end in ((sight.from_s, sight.place_first), (sight.until_s, sight.place_last)))
    return any(place is Place.TRACK and at_s < at.session_time_s for at_s, place in ends)


def _stands_again(window: Window, at_s: float) -> bool:
    """Tell whether the car stood in a later visit than the one at *at_s*."""
    exits = [exit_s for each in window.of_kind(MomentKind.EXIT) if (exit_s := each.at.session_time_s) > at_s]
    stood = (moment.at.session_time_s for moment in window.of_kind(*STOPPED))
    return bool(exits) and any(stood_s > exits[0] for stood_s in stood)
