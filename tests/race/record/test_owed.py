"""What a collection lacks, and when it is written: nothing twice, nothing over what cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from race.record.paper_cloud import Client, Cloud, until_quiet
from race.record.paper_race import ADA, BEN, CYD, LAP_S, RATE_L_S, Race, stop
from teamtactics.model.facts import LapFacts
from teamtactics.model.retold import Told
from teamtactics.race.record.fold import fold
from teamtactics.race.record.owed import TIME_WAITS_S, Owing, owed

IN_LAP = 2 * LAP_S
CHANGED = [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (2, 4)]
RELAY = Race(visits=(stop(IN_LAP + 20.0, fills=((4.0, 20.0),), changes=((9.0, 10.2, BEN),)),))


def client(seen: Sequence[LapFacts]) -> Client:
    found = Client()
    found.see(seen)
    return found


def numbers(cloud: Cloud) -> list[tuple[object, object]]:
    return [(cloud.laps()[lap]["Stint"], cloud.laps()[lap]["StintLap"]) for lap in sorted(cloud.laps())]


def test_hand_over_with_the_outgoing_client_offline_until_later() -> None:
    """Ben writes what he knows; when Ada comes online her part makes the lap whole."""
    cloud = Cloud()
    ada, ben = (client(RELAY.seen_by(member, (0.0, RELAY.end_s))) for member in (ADA, BEN))
    ben.come_online(cloud)
    assert cloud.laps()[3]["FuelAdded"] is None
    ada.come_online(cloud)
    until_quiet(cloud, [ada, ben])
    lap = cloud.laps()[3]
    assert lap["FuelAdded"] == pytest.approx(16.0 * RATE_L_S)
    assert (lap["PitSvFlags"], lap["Gap"], lap["CustomerID"], lap["Source"]) == (31, 0.0, BEN, "driver")
    assert None not in [lap[f"{name}Time"] for name in ("PitEnter", "StopMoving", "StartMoving", "PitExit")]
    assert {doc_id for doc_id in cloud.documents if doc_id.startswith("part 3")} == {"part 3 101", "part 3 202"}
    assert numbers(cloud) == CHANGED


def test_hand_over_with_both_offline_until_the_race_is_over() -> None:
    """Who comes online first makes no difference; nor does a third who was online all the time."""
    ends = []
    for order in ((ADA, BEN), (BEN, ADA), (CYD, ADA, BEN), (CYD, BEN, ADA)):
        cloud = Cloud()
        clients = [client(RELAY.seen_by(member, (0.0, RELAY.end_s))) for member in order]
        for each in clients:
            each.come_online(cloud)
        until_quiet(cloud, clients)
        ends.append([{**lap, "Driver": None} for _, lap in sorted(cloud.laps().items())])
        assert numbers(cloud) == CHANGED
    assert ends[0] == ends[1]
    for lap, other in zip(ends[2] + ends[3], ends[0] + ends[0], strict=True):
        assert lap == {
            name: pytest.approx(value) if isinstance(value, float) else value for name, value in other.items()
        }


def test_a_hand_over_costs_two_parts_and_two_folds() -> None:
    """Live, everybody online: all other laps cost one write, and who only looked on adds nothing."""
    cloud = Cloud()
    told = {member: RELAY.seen_by(member, (0.0, RELAY.end_s)) for member in (CYD, ADA, BEN)}
    clients = {member: Client() for member in told}
    for lap in range(RELAY.laps + 1):
        for now_s in (lap * LAP_S + 1.0, lap * LAP_S + 25.0):
            for member, each in clients.items():
                each.see(facts for facts in told[member] if facts.lap <= lap)
                each.come_online(cloud, now_s)
    assert sorted(doc_id for doc_id in cloud.documents if " " in doc_id) == ["part 3 101", "part 3 202"]
    assert cloud.writes == RELAY.laps + 2 + 1


def test_the_only_witness_comes_online_after_the_race() -> None:
    """The driver's client was killed across the stop; the watcher renumbers what stands there, and shows why."""
    race = Race(visits=(stop(IN_LAP + 20.0, stand_s=10.0),))
    cloud = Cloud()
    ada = client(race.seen_by(ADA, (0.0, IN_LAP + 15.0), (IN_LAP + 60.0, race.end_s)))
    ada.come_online(cloud)
    assert numbers(cloud) == [(1, n) for n in range(1, 7)]
    cyd = client(race.seen_by(CYD, (0.0, race.end_s)))
    debt = cyd.debt(cloud)
    assert [each.lap for each in debt.laps] == [3]
    assert [(each.lap, each.is_news) for each in debt.numbers] == [(4, True), (5, True), (6, True)]
    cyd.come_online(cloud)
    assert numbers(cloud) == CHANGED
    assert not ada.debt(cloud).laps
    assert not ada.debt(cloud).numbers
    assert not client([]).debt(cloud).numbers, "one who saw nothing counts the same"


def test_who_brings_no_news_lets_the_one_who_does() -> None:
    """The numbers are wrong by what stands there already: somebody is about to correct them."""
    race = Race(visits=(stop(IN_LAP + 20.0),))
    cloud = Cloud()
    client(race.seen_by(ADA, (0.0, race.end_s))).come_online(cloud)
    cloud.renumber(5, 1, 5)
    (number,) = client([]).debt(cloud).numbers
    assert (number.lap, number.stint, number.stint_lap, number.is_news) == (5, 2, 3, False)


def test_two_computers_of_one_driver_write_one_part() -> None:
    """The second one's part holds what the first one's document told."""
    race = Race(visits=(stop(IN_LAP + 20.0, fills=((4.0, 20.0),)),))
    cloud = Cloud()
    whole = client(race.seen_by(ADA, (0.0, race.end_s)))
    whole.come_online(cloud)
    before = dict(cloud.documents)
    for late in (race.seen_by(ADA, (IN_LAP + 30.0, race.end_s)), race.seen_by(CYD, (0.0, IN_LAP + 40.0))):
        assert not client(late).come_online(cloud)
    assert cloud.documents == before


def test_a_part_is_written_beside_the_one_of_who_told_first() -> None:
    """A document without parts told all that its author knew: as soon as there are parts, that is one of them."""
    race = Race()
    cloud = Cloud()
    ada = client(race.seen_by(ADA, (0.0, race.end_s)))
    ada.come_online(cloud)
    document = {**cloud.documents["3"], "Gap": 12.0, "LapLastLapTime": None}
    cloud.documents["3"] = document
    (lap,) = client(race.seen_by(CYD, (0.0, race.end_s))).debt(cloud).laps
    assert [part.member for part in lap.parts] == [CYD, ADA]
    assert lap.folded.record.official_s == LAP_S
    assert lap.folded.record.fuel_used_l == pytest.approx(document["FuelUsed"])


def test_an_older_client_overwrites_the_fold() -> None:
    """It knows no parts and writes its own half over what was folded; whoever saw more brings it back."""
    cloud = Cloud()
    ada, ben = (client(RELAY.seen_by(member, (0.0, RELAY.end_s))) for member in (ADA, BEN))
    older = Cloud()
    client(RELAY.seen_by(BEN, (0.0, RELAY.end_s))).come_online(older)
    ada.come_online(cloud)
    for doc_id in map(str, range(4, 7)):
        cloud.documents[doc_id] = older.documents[doc_id]
    cloud.documents["3"] = older.documents["3"]
    until_quiet(cloud, [ada])
    lap = cloud.laps()[3]
    assert lap["CustomerID"] == BEN
    assert lap["FuelLevel"] == pytest.approx(RELAY.fuel_l(3 * LAP_S)), "what only the older client saw"
    assert None not in [lap[f"{name}Time"] for name in ("PitEnter", "StopMoving", "StartMoving", "PitExit")]
    assert numbers(cloud) == CHANGED
    until_quiet(cloud, [ada, ben])
    assert cloud.laps()[3]["FuelAdded"] == pytest.approx(16.0 * RATE_L_S)


def test_what_cannot_be_read_is_left_alone() -> None:
    """Not the lap, and no number behind it: who can read it may know of a stop in it."""
    race = Race()
    own = race.seen_by(ADA, (0.0, race.end_s))
    cloud = Cloud()
    client(own).come_online(cloud)
    told = {lap: replace(each, shown=each.shown and replace(each.shown, stint=9)) for lap, each in cloud.told().items()}
    told[3] = Told(is_left_alone=True)
    debt = owed(own, told)
    assert not debt.laps
    assert [each.lap for each in debt.numbers] == [1, 2]


def test_a_watcher_lets_the_driver_go_first() -> None:
    """Twenty seconds from the line; who drove it writes as soon as its time is known."""
    race = Race()
    watched = {each.lap: each for each in owed(race.seen_by(CYD, (0.0, race.end_s)), {}).laps}
    assert watched[3].due_s == pytest.approx(3 * LAP_S + 20.0, abs=0.1)
    driven = race.seen_by(ADA, (0.0, race.end_s))
    assert {each.due_s for each in owed(driven, {}).laps} == {None}
    untimed = [replace(facts, is_timed=False, official_s=None) for facts in driven]
    assert {each.lap: each.due_s for each in owed(untimed, {}).laps}[3] == 3 * LAP_S + TIME_WAITS_S


def test_a_lap_under_way_is_not_owed() -> None:
    race = Race()
    assert not owed(race.seen_by(ADA, (0.0, LAP_S - 1.0)), {}).laps
    assert [each.lap for each in owed(race.seen_by(ADA, (0.0, LAP_S)), {}).laps] == [1]
    killed = race.seen_by(ADA, (0.0, LAP_S - 1.0), (LAP_S + 1.0, LAP_S + 5.0))
    assert [each.lap for each in owed(killed, {}).laps] == [1], "what is behind the line proves that it was crossed"


def test_a_lap_that_somebody_invented_does_not_end_the_one_under_way() -> None:
    """A later lap proves that the car has crossed the line; as long as the lap still grows here, it is let be."""
    race = Race()
    cloud = Cloud()
    client(race.seen_by(ADA, (0.0, race.end_s))).come_online(cloud)
    invented = {6: cloud.told()[6]}
    for now_s in (20.0, 50.0):
        (lap,) = owed(race.seen_by(ADA, (0.0, now_s)), invented).laps
        assert lap.due_s is not None
        assert lap.due_s >= now_s + 20.0


def test_what_is_owed_is_asked_for_until_it_is_there() -> None:
    """A commit that came to nothing is asked for again, and one that was made is not."""
    race = Race()
    own = client(race.seen_by(ADA, (0.0, race.end_s)))
    cloud = Cloud()
    assert own.debt(cloud) == own.debt(cloud)
    assert len(own.debt(cloud).laps) == race.laps
    own.come_online(cloud)
    assert not own.debt(cloud).laps


def test_a_part_alone_folds_to_what_its_member_knows() -> None:
    half = fold([each for each in RELAY.seen_by(ADA, (0.0, RELAY.end_s)) if each.lap == 3])
    assert half is not None
    assert not half.is_drivers, "Ben drove over the line"
    assert half.record.fuel_level_l is None
    assert half.record.tally.stop_moving is not None


def with_rules(seen: Sequence[LapFacts], **rules: bool) -> Client:
    found = client([])
    found.owing = Owing(**rules)
    found.see(seen)
    return found


@pytest.mark.parametrize(("rules", "stints"), [({}, [(2, 1), (2, 2)]), ({"is_stall_first": True}, [(1, 3), (2, 1)])])
def test_where_the_line_comes_before_the_exit_an_unseen_exit_is_counted_behind_it_by_all(
    rules: dict[str, bool], stints: list[tuple[int, int]]
) -> None:
    """Killed in the stall before the line, and back behind it."""
    race = Race(visits=(stop(IN_LAP + 30.0, stand_s=20.0),))
    told = race.seen_by(ADA, (0.0, IN_LAP + 50.0), (IN_LAP + LAP_S + 10.0, race.end_s))
    cloud, clients = Cloud(), [with_rules(told, **rules), with_rules([], **rules)]
    until_quiet(cloud, clients)
    assert numbers(cloud)[2:4] == stints


@pytest.mark.parametrize("is_alone", [True, False])
def test_alone_a_driver_has_driven_over_a_line_that_nobody_saw(is_alone: bool) -> None:
    race = Race()
    told = race.seen_by(ADA, (0.0, 3 * LAP_S - 60.0), (3 * LAP_S + 60.0, race.end_s))
    cloud = Cloud()
    until_quiet(cloud, [with_rules(told, **({"is_alone": True} if is_alone else {}))])
    assert cloud.laps()[3]["CustomerID"] == (ADA if is_alone else None)


def test_what_was_seen_of_a_lap_that_is_left_alone_decides_nothing_whenever_that_is_known() -> None:
    """Whoever can read it may know better; two members would correct one another for ever."""
    race = Race()
    own = race.seen_by(ADA, (0.0, 4 * LAP_S + 5.0))
    odd = {3: Told(is_left_alone=True)}
    before, after, unusable = Owing(), Owing(), Owing()
    before.see(own)
    assert [(lap, before.is_held_back(lap, ADA)) for lap in (3, 4, 5)] == [(3, False), (4, False), (5, True)]
    assert before.known.facts(3)
    before.tell(odd)
    after.tell(odd)
    after.see(own)
    unusable.see(own)
    unusable.tell({3: Told(unusable=frozenset({ADA}))})
    for each in (before, after, unusable):
        assert [(lap, each.is_held_back(lap, ADA)) for lap in (2, 3, 4, 5)] == [
            (2, False), (3, True), (4, False), (5, True),
        ]  # fmt: skip
        assert (each.known.facts(3), bool(each.known.facts(2)), bool(each.known.facts(4))) == ([], True, True)
        assert 3 not in {owed.lap for owed in each.debt().laps}
    others = Owing()
    others.see(own)
    others.tell({3: Told(unusable=frozenset({BEN}))})
    assert not others.is_held_back(3, ADA), "somebody else's part makes no sense"
    assert others.told(3).unusable == {BEN}
    assert others.told(4) == Told()


def test_a_watcher_lets_the_driver_go_first_also_where_his_part_is_there_already() -> None:
    """That he has told the line and its time does not make the watcher the one to write it."""
    race = Race()
    (part,) = (facts for facts in race.seen_by(ADA, (0.0, race.end_s)) if facts.lap == 3)
    watched = race.seen_by(CYD, (0.0, race.end_s))
    found = {each.lap: each.due_s for each in owed(watched, {3: Told(parts=(part,))}).laps}
    assert found[3] == pytest.approx(3 * LAP_S + 20.0, abs=0.1)


def test_a_lap_that_still_grows_waits_for_its_newest_tick() -> None:
    race = Race()
    own = race.seen_by(ADA, (0.0, 10.0), (20.0, 50.0))
    cloud = Cloud()
    client(race.seen_by(ADA, (0.0, race.end_s))).come_online(cloud)
    (lap,) = owed(own, {6: cloud.told()[6]}).laps
    assert lap.due_s == 50.0 + 20.0


def test_a_line_may_still_be_told_until_six_seconds_behind_the_first_that_was_seen_of_the_next_lap() -> None:
    race = Race()
    begin_s = 3 * LAP_S
    own = race.seen_by(ADA, (0.0, begin_s - 2.0), (begin_s + 2.0, begin_s + 20.0), (begin_s + 40.0, race.end_s))
    assert {each.lap: each.due_s for each in owed(own, {}).laps}[3] == begin_s + 2.0 + TIME_WAITS_S


def test_of_the_next_lap_only_what_was_seen_here_is_waited_for() -> None:
    """His other computer told it: on this one the line is not waited for any more."""
    race = Race()
    own = race.seen_by(ADA, (0.0, 3 * LAP_S - 2.0), (4 * LAP_S + 2.0, race.end_s))
    (other,) = (facts for facts in race.seen_by(ADA, (3 * LAP_S + 2.0, 4 * LAP_S - 2.0)) if facts.lap == 4)
    assert {each.lap: each.due_s for each in owed(own, {4: Told(parts=(other,))}).laps}[3] is None


def test_numbers_are_corrected_only_before_the_first_lap_that_cannot_be_read() -> None:
    race = Race()
    own = race.seen_by(ADA, (0.0, race.end_s))
    cloud = Cloud()
    client(own).come_online(cloud)
    told = {lap: replace(each, shown=each.shown and replace(each.shown, stint=9)) for lap, each in cloud.told().items()}
    for lap in (3, 5):
        told[lap] = replace(told[lap], is_left_alone=True)
    assert [each.lap for each in owed(own, told).numbers] == [1, 2]
    assert [each.lap for each in owed(own, {lap: each for lap, each in told.items() if lap != 3}).numbers] == [1, 2, 4]


def test_a_document_without_the_drivers_name_lacks_it() -> None:
    race, cloud = Race(), Cloud()
    ada = client(race.seen_by(ADA, (0.0, race.end_s)))
    ada.come_online(cloud)
    cloud.documents["3"] = {**cloud.documents["3"], "Driver": None}
    assert [each.lap for each in ada.debt(cloud).laps] == [3]
    nameless = [
        replace(facts, line=facts.line and replace(facts.line, name=None))
        for facts in race.seen_by(ADA, (0.0, race.end_s))
    ]
    known = Cloud()
    client(race.seen_by(ADA, (0.0, race.end_s))).come_online(known)
    assert not client(nameless).debt(known).laps, "what only the document knows is there"


def test_where_nothing_is_said_of_the_stall_it_lies_behind_the_line() -> None:
    race = Race(visits=(stop(IN_LAP + 30.0, stand_s=20.0),))
    told = race.seen_by(ADA, (0.0, IN_LAP + 50.0), (IN_LAP + LAP_S + 10.0, race.end_s))
    for found, stint in ((owed(told, {}), 2), (owed(told, {}, True), 1)):
        assert {each.lap: each.folded.record.stint for each in found.laps}[3] == stint


def test_what_a_member_told_in_a_document_and_what_he_saw_here_is_one_part() -> None:
    race, cloud = Race(), Cloud()
    ada = client(race.seen_by(ADA, (0.0, race.end_s)))
    ada.come_online(cloud)
    cloud.documents["3"] = {**cloud.documents["3"], "Gap": 12.0, "LapLastLapTime": None}
    (lap,) = ada.debt(cloud).laps
    assert [part.member for part in lap.parts] == [ADA]
