"""Any race on paper, any times at which a client looked."""

from __future__ import annotations

import os
from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from race.record.paper_race import ADA, BEN, LAP_S, Race, Visit, drive_through, reset, stop, tow
from support.thorough import IS_THOROUGH

EXAMPLES = int(os.environ.get("TEAMTACTICS_EXAMPLES", "12" if IS_THOROUGH else "4"))
"""More of them in a nightly run: TEAMTACTICS_EXAMPLES=500."""

many = settings(max_examples=3 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def races(draw: st.DrawFn) -> Race:
    """Up to three visits in six laps: stops, drive-throughs, resets, tows, driver changes, a line in some of them."""
    visits = []
    at_s = 20.0
    for _ in range(draw(st.integers(0, 3))):
        at_s += draw(st.floats(20.0, 100.0))
        kind = draw(st.sampled_from(["stop", "stop", "drive-through", "reset", "tow"]))
        fills = draw(st.sampled_from([(), ((4.0, 20.0),), ((2.0, 8.0), (14.0, 26.0))]))
        if kind == "drive-through":
            visits.append(drive_through(at_s))
        elif kind == "reset":
            visits.append(reset(at_s, draw(st.sampled_from([-5.0, 0.0, 13.0]))))
        elif kind == "tow":
            visits.append(tow(at_s, fills))
        else:
            changes: tuple[tuple[float, float, int], ...] = ()
            if draw(st.booleans()):
                driver = draw(st.sampled_from([ADA, BEN]))
                leaves_s = draw(st.sampled_from([1.0, 9.0, 27.0]))
                changes = ((leaves_s, leaves_s + 1.5, driver),)
            visits.append(stop(at_s, fills=fills, changes=changes))
        at_s = visits[-1].exit_s
        if _meets_line(visits[-1]):
            visits.pop()
            break
    visits = [visit for visit in visits if visit.exit_s < 6 * LAP_S - 1]
    return Race(6, tuple(visits))


def _meets_line(visit: Visit) -> bool:
    """The stall is not at the line, where nobody can stand; and what happens in its very tick belongs to either lap."""
    times = [(at_s, 0.1) for at_s in (visit.enter_s, visit.exit_s)]
    stands = [] if visit.stand is None else [(visit.stand[0] - 2.0, visit.stand[1] + 2.0)]
    lines = [n * LAP_S for n in range(8)]
    return any(abs(line_s - at_s) < near_s for line_s in lines for at_s, near_s in times) or any(
        from_s < line_s < until_s for line_s in lines for from_s, until_s in stands
    )


@st.composite
def looks(draw: st.DrawFn, end_s: float) -> list[tuple[float, float]]:
    """When a client looked: all the time, never, or with holes."""
    cuts = sorted(draw(st.lists(st.floats(0.5, end_s - 0.5), max_size=6, unique=True)))
    edges = [0.0, *cuts, end_s]
    is_on = draw(st.booleans())
    spans = []
    for from_s, until_s in pairwise(edges):
        if is_on and until_s - from_s > 0.2:
            spans.append((from_s, until_s))
        is_on = not is_on
    return spans
