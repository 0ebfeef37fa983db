"""What somebody's document tells is told again in a part, where it would be folded away: everybody can read that."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from teamtactics.contract.foreign import _LAP, DocumentRefused
from teamtactics.contract.lap_facts import lap_facts
from teamtactics.contract.part_document import part_document, part_facts
from teamtactics.race.record.fold import fold

NUMBERS = st.one_of(
    st.floats(-20.0, 3_000.0),
    st.floats(-10.0, 604_800.0),
    st.sampled_from([-10.0, -1.0, 0.0, 50.0, 100.0, 2_000.0, 604_800.0]),
)
SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("OnPitRoad", "WeatherDeclaredWet"), st.booleans()),
    **dict.fromkeys(("Utc", "Updated"), st.datetimes(timezones=st.just(UTC))),
    "Source": st.sampled_from(["driver", "teammate"]),
    "Driver": st.just("Ada Falk"),
    **dict.fromkeys(
        ("Stint", "StintLap", "CustomerID", "TrackWetness", "PitSvFlags", "SessionState", "SessionFlags"),
        st.integers(0, 5),
    ),
}
FIELDS = st.fixed_dictionaries(
    {"LapCompleted": st.just(5)},
    optional={name: st.none() | SPECIAL.get(name, NUMBERS) for name in _LAP if name != "LapCompleted"},
)
SEEN = st.fixed_dictionaries({}, optional=dict.fromkeys(("SeenFrom", "SeenTo", "FuelFirst", "FuelLast"), NUMBERS))
some = settings(deadline=None, suppress_health_check=list(HealthCheck))


@some
@given(FIELDS)
def test_a_lap_that_came_through_the_door_can_be_told_again_as_a_part(document: dict[str, Any]) -> None:
    """A part that is refused leaves its lap alone for ever, and every stint number behind it."""
    try:
        facts = lap_facts("5", document)
    except DocumentRefused:
        return
    alone = fold([facts])
    assert alone is not None
    assert part_facts(f"part 5 {facts.member}", part_document(facts, alone.record, alone.is_drivers)) == facts


@some
@given(FIELDS, SEEN)
def test_a_part_of_another_program_can_be_told_again(document: dict[str, Any], seen: dict[str, Any]) -> None:
    try:
        facts = part_facts("part 5 7", {**document, **seen})
    except DocumentRefused:
        return
    alone = fold([facts])
    assert alone is not None
    assert part_facts("part 5 7", part_document(facts, alone.record, alone.is_drivers)) == facts
    lap_facts("5", part_document(facts, alone.record, alone.is_drivers))
