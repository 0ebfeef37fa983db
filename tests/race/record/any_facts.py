"""Any facts of one lap, also such as nobody could have seen: times and levels come from a few, so that they meet."""

from __future__ import annotations

from hypothesis import strategies as st

from race.record.paper_race import ADA, BEN
from teamtactics.model.facts import (
    Filling,
    LapFacts,
    LineSeen,
    MomentKind,
    PitMoment,
    Place,
    Request,
    Sight,
    Vantage,
)
from teamtactics.model.records import Moment

times = st.sampled_from([100.0, 101.0, 103.5, 120.0, 150.25, 190.0])
levels = st.sampled_from([None, 0.0, 12.5, 40.0])
drivers = st.sampled_from([None, ADA, BEN])
vantages = st.sampled_from(Vantage)
moments = st.builds(Moment, times, st.sampled_from([None, 50_000.0]))
spans = st.tuples(times, times).map(sorted)


@st.composite
def sights(draw: st.DrawFn) -> Sight:
    from_s, until_s = draw(spans)
    places = st.sampled_from(Place)
    stood = st.sampled_from([None, True, False])
    return Sight(
        from_s, until_s, draw(vantages), draw(drivers), draw(places), draw(places), draw(stood), draw(stood),
        draw(levels), draw(levels), draw(st.sampled_from([0.0, 0.5])), draw(st.booleans()),
    )  # fmt: skip


@st.composite
def fillings(draw: st.DrawFn) -> Filling:
    from_s, until_s = draw(spans)
    added_l = draw(st.sampled_from([1.0, 20.0]))
    return Filling(from_s, until_s, 10.0, 10.0 + added_l, added_l)


lines = st.builds(
    LineSeen,
    at=moments,
    vantage=vantages,
    driver=drivers,
    name=st.sampled_from([None, "Ada Falk", "レーシング"]),
    fuel_level_l=levels,
    on_pit_road=st.sampled_from([None, True, False]),
    track_temp_c=st.sampled_from([None, 30.5]),
    pit_sv_flags=st.sampled_from([None, 0, 31]),
    session_state=st.sampled_from([None, 4]),
    session_flags=st.sampled_from([None, 1]),
    utc_s=st.sampled_from([None, 1.79e9]),
    values=st.sets(
        st.sampled_from(
            [
                ("air_temp", 21.25),
                ("player_car_team_incident_count", 4),
                ("player_tire_compound", 1),
                ("track_wetness", 3),
                ("weather_declared_wet", True),
            ]
        )
    ).map(lambda known: tuple(sorted(known))),
)
spans_s = st.sampled_from([None, 0.0, 12.5])


def lap_facts(members: tuple[int, ...] = (ADA,), lap: int = 5) -> st.SearchStrategy[LapFacts]:
    """Facts of *lap* by one of *members*."""
    return st.builds(
        LapFacts,
        lap=st.just(lap),
        member=st.sampled_from(members),
        sights=st.lists(sights(), max_size=3, unique_by=lambda sight: (sight.vantage, sight.from_s)).map(_in_order),
        line=st.none() | lines,
        official_s=st.sampled_from([None, 90.0, 90.5]),
        is_timed=st.booleans(),
        moments=st.lists(st.builds(PitMoment, st.sampled_from(MomentKind), moments, vantages), max_size=4).map(tuple),
        requests=st.lists(
            st.builds(Request, times, st.sampled_from([0, 31]), st.booleans()),
            max_size=2,
            unique_by=lambda request: request.at_s,
        ).map(tuple),
        fillings=st.lists(fillings(), max_size=2, unique_by=lambda filling: filling.from_s).map(tuple),
        tow_s=spans_s,
        repair_s=spans_s,
        optional_repair_s=spans_s,
        edition=st.sampled_from([0, 0, 1, 2]),
    )


def _in_order(found: list[Sight]) -> tuple[Sight, ...]:
    return tuple(sorted(found, key=lambda sight: (sight.from_s, sight.vantage.value)))
