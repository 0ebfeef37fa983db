"""Facts are a set: in which order they come, how often, and in which pieces makes no difference."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from race.record.any_facts import lap_facts
from race.record.any_race import looks, many, races
from race.record.paper_race import ADA, BEN, CYD
from teamtactics.model.facts import LapFacts, joined, union
from teamtactics.race.record.fold import fold
from teamtactics.race.record.record import Record


@st.composite
def told(draw: st.DrawFn) -> list[LapFacts]:
    """What three clients saw of one race."""
    race = draw(races())
    return [facts for member in (ADA, BEN, CYD) for facts in race.seen_by(member, *draw(looks(race.end_s)))]


def pieces(facts: LapFacts) -> Iterable[LapFacts]:
    """The same facts, each told by itself."""
    bare = LapFacts(facts.lap, facts.member)
    yield replace(bare, official_s=facts.official_s, is_timed=facts.is_timed, line=facts.line)
    yield replace(bare, tow_s=facts.tow_s, repair_s=facts.repair_s, optional_repair_s=facts.optional_repair_s)
    yield from (replace(bare, sights=(sight,)) for sight in facts.sights)
    yield from (replace(bare, moments=(moment,)) for moment in facts.moments)
    yield from (replace(bare, requests=(request,)) for request in facts.requests)
    yield from (replace(bare, fillings=(filling,)) for filling in facts.fillings)


def record_of(*tellings: Sequence[LapFacts]) -> Record:
    record = Record()
    for telling in tellings:
        record.learn(telling)
    return record


def same(one: Record, other: Record) -> bool:
    assert one.begins == other.begins
    assert one.laps == other.laps
    assert [one.lap(lap) for lap in one.laps] == [other.lap(lap) for lap in other.laps]
    return True


@many
@given(st.data())
def test_any_order_and_repetition_gives_the_same_record(data: st.DataObject) -> None:
    """Fact by fact, of all clients mixed, some told twice."""
    facts = data.draw(told())
    single = [piece for each in facts for piece in pieces(each)]
    again = data.draw(st.lists(st.sampled_from(single), max_size=10)) if single else []
    mixed = data.draw(st.permutations([*single, *again]))
    assert same(record_of(facts), record_of(*([piece] for piece in mixed)))


@many
@given(st.data())
def test_what_comes_late_changes_nothing_in_the_end(data: st.DataObject) -> None:
    """The first part of what one client saw is told last of all."""
    facts = data.draw(told())
    mine = [each for each in facts if each.member == ADA]
    late = mine[: data.draw(st.integers(0, len(mine)))]
    rest = [each for each in facts if each not in late]
    assert same(record_of(facts), record_of(rest, late))


@many
@given(told())
def test_a_sight_that_grows_is_one(facts: list[LapFacts]) -> None:
    """Told while it grew, and out of order, it is what it was at last."""
    short = [
        replace(each, sights=tuple(replace(sight, until_s=(sight.from_s + sight.until_s) / 2) for sight in each.sights))
        for each in facts
    ]
    shorter = [replace(each, line=None, moments=each.moments[:1]) for each in short]
    assert same(record_of(facts), record_of(facts, shorter))


@many
@given(st.data())
def test_what_is_remembered_is_what_a_new_count_gives(data: st.DataObject) -> None:
    """The cached laps and visits of a record that grew are those of one that was told all at once."""
    facts = data.draw(told().flatmap(st.permutations))
    grown = Record()
    while facts:
        count = data.draw(st.integers(1, len(facts)))
        grown.learn(facts[:count])
        facts = facts[count:]
        fresh = record_of([fact for lap in grown.laps for fact in grown.facts(lap)])
        assert same(grown, fresh)
        assert [grown.state_after(lap) for lap in grown.laps] == [fresh.state_after(lap) for lap in fresh.laps]


@many
@given(told())
def test_changes_name_what_changed(facts: list[LapFacts]) -> None:
    """No more and no less: every lap whose record is another one, every lap whose numbers are."""
    record = Record()
    for each in facts:
        before = {lap: record.lap(lap) for lap in record.laps}
        change = record.learn([each])
        for lap in record.laps:
            was, now = before.get(lap), record.lap(lap)
            assert now is not None
            if was is None:
                assert lap in change.laps
                continue
            numbers = (now.record.stint, now.record.stint_lap)
            assert (lap in change.renumbered) == (numbers != (was.record.stint, was.record.stint_lap))
            bare = [replace(folded.record, stint=None, stint_lap=None) for folded in (was, now)]
            assert (lap in change.laps) == (bare[0] != bare[1] or was.is_drivers != now.is_drivers)


@many
@given(lap_facts(), lap_facts(), lap_facts())
def test_union_is_a_join(one: LapFacts, other: LapFacts, third: LapFacts) -> None:
    """Commutative, associative, idempotent; of any facts, also such as nobody could have seen."""
    assert union(one, one) == union(one, union(one, one))
    assert union(one, other) == union(other, one)
    assert union(union(one, other), third) == union(one, union(other, third))
    assert union(union(one, other), one) == union(one, other)


@many
@given(st.lists(lap_facts(members=(ADA, BEN, CYD)), min_size=1, max_size=5))
def test_fold_sees_a_set(parts: list[LapFacts]) -> None:
    """In any order, in any groups, as often as one likes."""
    whole = fold(parts)
    assert fold([*parts, *parts]) == whole
    for order in itertools.islice(itertools.permutations(parts), 8):
        assert fold(order) == whole
        assert fold([*joined(order[:2]).values(), *order[1:]]) == whole
