"""A driver change as who gets in sees it: what the one before had set in the car, once, after ten seconds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from race.driving import BEN, Car, follow, run_events, session_info
from race.test_witness import BEN_DRIVES, Seen
from teamtactics.model.events import Event, Remark, SessionBegan
from teamtactics.model.frame import InCar
from teamtactics.model.records import OtherSetting, RunState
from teamtactics.model.session import SessionInfo
from teamtactics.race.put_back import LATE_S, DriverChange, others
from teamtactics.race.tracker import Tracker

CAM = 303
BENS: InCar = (("dcABS", 3.0), ("dcBrakeBias", 54.5), ("dcTractionControl", 4.0))
ADAS: InCar = (("dcABS", 3.0), ("dcBrakeBias", 52.0), ("dcTractionControl", 6.0))
BOTH = (OtherSetting("dcBrakeBias", 54.5, 52.0), OtherSetting("dcTractionControl", 4.0, 6.0))
SAID = "Put back what Ben Ruiz had: brake bias 54.5, yours 52.0; traction control 4, yours 6"


def told(settings: InCar | None = BENS, at_s: float = 104.0, who: int = BEN, name: str = "Ben Ruiz") -> RunState:
    """What a client told last of its own driving."""
    (first,) = run_events(follow(Car(in_car=BENS).run(0.2).frames))
    return replace(first.state, session_time_s=at_s, customer_id=who, driver=name, in_car=settings)


class AtAda:
    """
    Ada's PC, which has seen Ben drive from 100 s on, unless she had just come; she gets in at 120 s.

    Attributes:
        said: Remarks so far.
    """

    def __init__(
        self, info: SessionInfo | None = None, heard: RunState | None = None, *, has_seen: bool = True
    ) -> None:
        self.info = info or session_info()
        self.tracker = Tracker(state_interval_s=1e9)
        self.said: list[str] = []
        watched = Seen().run(15.0) if has_seen else Car().out_of_the_car()
        self._take(follow(watched.frames, BEN_DRIVES if has_seen else self.info, self.tracker))
        if heard is not None:
            self.tracker.hear(heard)
        self.car = Car(session_time=120.0, tick=3000, lap=4, lap_completed=3, in_car=ADAS)

    def drives(self, seconds: float, **changes: Any) -> AtAda:
        self.car.run(seconds, **changes)
        return self._shows()

    def gets_out(self, seconds: float = 3.0) -> AtAda:
        self.car.out_of_the_car(seconds)
        return self._shows()

    def _shows(self) -> AtAda:
        frames, self.car.frames = self.car.frames, []
        self._take(follow(frames, self.info, self.tracker))
        return self

    def _take(self, events: list[Event]) -> None:
        self.said += [event.text for event in events if isinstance(event, Remark)]

    @property
    def settings(self) -> tuple[OtherSetting, ...]:
        found = self.tracker.put_back
        return () if found is None else found.settings


def test_who_gets_in_is_told_after_ten_seconds_what_the_one_before_had() -> None:
    ada = AtAda(heard=told()).drives(9.9)
    assert (ada.said, ada.settings) == ([], ())
    ada.drives(0.2)
    assert (ada.said, ada.settings) == ([SAID], BOTH)
    ada.drives(600.0)
    assert ada.said == [SAID], "once"


def test_settings_that_are_equal_are_not_worth_a_word() -> None:
    ada = AtAda(heard=told(ADAS)).drives(60.0)
    assert (ada.said, ada.settings) == ([], ())


def test_only_what_both_cars_have_is_compared() -> None:
    ada = AtAda(heard=told((("dcABS", 3.0), ("dcDiffEntry", 2.0), ("dcTractionControl", 4.0)))).drives(11.0)
    assert [one.name for one in ada.settings] == ["dcTractionControl"]


@pytest.mark.parametrize("settings", [None, (), (("dcDiffEntry", 2.0),)])
def test_a_car_that_has_nothing_in_common_says_nothing(settings: InCar | None) -> None:
    assert AtAda(heard=told(settings)).drives(60.0).said == []


@pytest.mark.parametrize("has_seen", [True, False])
def test_the_first_driver_has_nobody_before_him(has_seen: bool) -> None:
    ada = AtAda(has_seen=has_seen).drives(60.0)
    assert (ada.said, ada.settings) == ([], ())


def test_who_drives_alone_has_no_team_to_hear_of() -> None:
    ada = AtAda(session_info(team_racing=False), told(), has_seen=False).drives(60.0)
    assert (ada.said, ada.settings) == ([], ())


def test_who_gets_back_in_after_a_reset_is_not_told_again() -> None:
    ada = AtAda(heard=told()).drives(30.0).gets_out()
    assert ada.settings == (), "who does not sit in it can put nothing back"
    ada.drives(30.0)
    assert (ada.said, ada.settings) == ([SAID], BOTH)


def test_who_had_put_all_back_and_resets_gets_nothing() -> None:
    ada = AtAda(heard=told(ADAS)).drives(30.0).gets_out().drives(30.0, in_car=BENS)
    assert (ada.said, ada.settings) == ([], ())


def test_who_gets_out_before_he_is_told_is_told_ten_seconds_after_he_sits_again() -> None:
    ada = AtAda(heard=told()).drives(5.0).gets_out().drives(9.5)
    assert ada.said == []
    assert ada.drives(1.0).said == [SAID]


def test_what_he_sets_within_the_ten_seconds_he_need_not_be_told() -> None:
    ada = AtAda(heard=told()).drives(5.0).drives(10.0, in_car=(("dcABS", 3.0), ("dcBrakeBias", 54.5)))
    assert (ada.said, ada.settings) == ([], ())
    ada = AtAda(heard=told(ADAS)).drives(5.0).drives(10.0, in_car=BENS)
    assert [(one.theirs, one.own) for one in ada.settings] == [(52.0, 54.5), (6.0, 4.0)]


def test_settings_that_come_some_ticks_late_are_waited_for() -> None:
    ada = AtAda(heard=told()).drives(0.3, in_car=tuple((name, 0.0) for name, _ in ADAS)).drives(10.0, in_car=ADAS)
    assert ada.said == [SAID]


def test_the_picture_shows_what_is_left_and_nothing_that_he_changes_besides() -> None:
    ada = AtAda(heard=told()).drives(11.0)
    ada.drives(1.0, in_car=(("dcABS", 1.0), ("dcBrakeBias", 53.0), ("dcTractionControl", 4.0)))
    assert ada.settings == (OtherSetting("dcBrakeBias", 54.5, 53.0),)
    assert ada.drives(1.0, in_car=BENS).settings == ()
    assert ada.said == [SAID]


def test_the_latest_that_he_told_counts_also_within_the_ten_seconds() -> None:
    ada = AtAda(heard=told()).drives(3.0)
    ada.tracker.hear(told((("dcBrakeBias", 56.0),), at_s=118.0))
    ada.tracker.hear(told((("dcBrakeBias", 50.0),), at_s=110.0))
    assert [one.theirs for one in ada.drives(8.0).settings] == [56.0]


def test_a_word_of_the_moment_in_which_he_got_in_is_still_of_the_one_before() -> None:
    change = DriverChange(got_in_s=120.0, before=BEN)
    for at_s, told_s in ((120.01, None), (120.0, 120.0)):
        change.hear(told(at_s=at_s))
        assert change.told_s == told_s


def test_a_state_of_after_the_change_is_none_of_who_drove_before() -> None:
    ada = AtAda().drives(3.0)
    ada.tracker.hear(told(at_s=122.0))
    assert ada.drives(30.0).said == []


def test_what_comes_late_is_told_when_it_comes_but_not_half_an_hour_later() -> None:
    """Both may have been offline when they changed."""
    ada = AtAda().drives(60.0)
    ada.tracker.hear(told())
    assert ada.drives(0.1).said == [SAID]
    for late_s in (299.0, 301.0):
        ada = AtAda().drives(late_s)
        ada.tracker.hear(told())
        assert ada.drives(30.0).said == ([SAID] if late_s < LATE_S else [])


def test_an_old_word_says_how_old_it_is() -> None:
    ada = AtAda(heard=told(), has_seen=False)
    ada.car.set(session_time=1000.0)
    assert ada.drives(11.0).said == [f"{SAID} (as told 15 min before you got in)"]


def test_the_settings_of_who_drove_before_the_one_before_are_not_his() -> None:
    """Ben drove without teamtactics, and Cam's settings may not be in the car any more."""
    assert AtAda(heard=told(who=CAM, name="Cam Ito")).drives(60.0).said == []
    assert AtAda(heard=told(who=CAM, name="Cam Ito"), has_seen=False).drives(11.0).said == [
        SAID.replace("Ben Ruiz", "Cam Ito")
    ], "nobody else is known to have driven"


def test_the_next_time_is_another_change() -> None:
    ada = AtAda(heard=told()).drives(11.0).gets_out(2.0)
    ben = Seen(session_time=ada.car.values["session_time"], tick=ada.car.values["tick"]).run(65.0)
    follow(ben.frames, BEN_DRIVES, ada.tracker)
    at_s = ben.values["session_time"]
    ada.tracker.hear(told((("dcBrakeBias", 55.0),), at_s=at_s - 1.0))
    ada.car.set(session_time=at_s, tick=ben.values["tick"])
    ada.drives(11.0)
    assert ada.said == [SAID, "Put back what Ben Ruiz had: brake bias 55, yours 52"]


def test_a_restart_within_the_ten_seconds_forgets_nothing() -> None:
    """By then the own state has taken the place of the former driver's."""
    ada = AtAda(heard=told()).drives(5.0)
    text, ada.tracker = ada.tracker.checkpoint(), Tracker(state_interval_s=1e9)
    (began,) = ada.tracker.advance(Car(**ada.car.values).run().frames[0], ada.info)
    assert isinstance(began, SessionBegan)
    ada.tracker.resume(text)
    assert ada.drives(11.0).said == [SAID]


def test_a_restart_afterwards_does_not_tell_it_again() -> None:
    ada = AtAda(heard=told()).drives(15.0)
    text, ada.tracker = ada.tracker.checkpoint(), Tracker(state_interval_s=1e9)
    ada.tracker.advance(Car(**ada.car.values).run().frames[0], ada.info)
    ada.tracker.resume(text)
    ada.tracker.hear(told())
    assert ada.drives(30.0).said == [SAID]


def test_a_clock_that_is_set_back_makes_the_ten_seconds_no_longer() -> None:
    ada = AtAda(heard=told()).drives(6.0)
    ada.car.set(session_time=ada.car.values["session_time"] - 4.0)
    assert ada.drives(4.3).said == [SAID]


def test_what_a_driver_looks_at_is_no_setting_of_the_car() -> None:
    assert others((("dcDashPage", 3.0), ("dcABS", 2.0)), (("dcABS", 1.0), ("dcDashPage", 1.0))) == (
        OtherSetting("dcABS", 2.0, 1.0),
    )
    assert others((("dcTractionControlToggle", True),), (("dcTractionControlToggle", 1),)) == ()
