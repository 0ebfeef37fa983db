"""Whether a lap's document alone says as much as all that is known of the lap: then it needs no part."""

from __future__ import annotations

from teamtactics.model.facts import LapFacts, joined
from teamtactics.model.retold import retold
from teamtactics.race.record.fold import FoldedLap, fold_window
from teamtactics.race.record.record import Record, is_in_garage
from teamtactics.race.record.same import GAP_S, says_the_same
from teamtactics.race.record.visits import decides, follow
from teamtactics.race.record.window import Window


def is_whole(record: Record, lap: int, folded: FoldedLap) -> bool:
    """
    Tell whether the document of *lap*, as it is *folded*, alone says as much as the facts.

    It does not say where the gap was, of which somebody else may have seen a piece.
    """
    shown = folded.record
    if not (folded.is_drivers and shown.was_line_seen) or shown.gap_s > GAP_S:
        return False
    alone = [retold(folded.record, is_drivers=True)]
    if lap > 1 and is_in_garage(record.facts(lap)):
        # Which stint is the first one is counted from there, and no document says so.
        return False
    # Read back, it is also taken in beside what it was made of: two exits in one lap would be counted twice.
    beside = joined([*record.facts(lap), *alone]).values()
    return all(_is_same_lap(record, lap, folded, list(facts)) for facts in (alone, beside))


def _is_same_lap(record: Record, lap: int, folded: FoldedLap, facts: list[LapFacts]) -> bool:
    """Tell whether *facts*, in the place of all that is known of *lap*, fold to the same and begin the same."""
    window = Window(record.facts(lap - 1), facts, record.facts(lap + 1), is_alone=record.is_alone)
    again = fold_window(window)
    if again is None or not says_the_same(folded.record, again.record):
        return False
    into = record.state_before(lap)
    out, begins = follow(into, lap, window, record.is_stall_first)
    true_out, true_begins = follow(into, lap, record.window(lap), record.is_stall_first)
    return tuple(begins) == tuple(true_begins) and decides(out) == decides(true_out)
