"""A checkpoint is read by names: a memory of another layout is refused with what differs, and never shifted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from race.driving import Car, follow
from teamtactics.model.frame import Frame
from teamtactics.race import checkpoint
from teamtactics.race.checkpoint import CheckpointUnreadable
from teamtactics.race.memory import Memory
from teamtactics.race.tracker import Tracker, facts_left


@pytest.fixture(scope="module")
def text() -> str:
    tracker = Tracker()
    follow(Car(lap_completed=4, lap=5, in_car=(("dcABS", 3.0),)).run(2.0).lap(lap_time=60.0).frames, tracker=tracker)
    return tracker.checkpoint()


def changed(text: str, change: Callable[[dict[str, Any]], object]) -> str:
    content = json.loads(text)
    change(content["state"])
    return json.dumps(content)


def other_way_round(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: other_way_round(value[name]) for name in reversed(value)}
    return [other_way_round(each) for each in value] if isinstance(value, list) else value


def test_everything_in_it_has_its_name(text: str) -> None:
    state = json.loads(text)["state"]
    assert state.keys() == {field.name for field in fields(Memory)}
    assert state["last"]["session_time"] == checkpoint.decode(Memory, text).last.session_time  # type: ignore[union-attr]
    assert set(state["last"]) <= set(Frame._fields)


def test_it_comes_back_whole_in_whatever_order_the_names_stand(text: str) -> None:
    memory = checkpoint.decode(Memory, text)
    turned = json.dumps(other_way_round(json.loads(text)))
    assert turned != text
    assert checkpoint.decode(Memory, turned) == memory
    assert checkpoint.encode(memory) == text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda state: state.update(humidity=0.5), "its Memory has humidity, which this program does not know"),
        (lambda state: state.pop("counter"), "its Memory lacks counter"),
        (lambda state: state["fuel"].update(brim_l=0.5), "its FuelGauge has brim_l"),
        (lambda state: state["fuel"].clear(), "its FuelGauge lacks "),
        (lambda state: state["last"].update(humidity=0.5), "its Frame has humidity"),
        (lambda state: state["last"].pop("session_time"), "its Frame lacks session_time"),
        (lambda state: state.update(last=[*state["last"].values()]), "no attribute 'keys'"),
        (lambda state: state["clock"].update(ticks=state["clock"].pop("tick")), "TimeLine lacks tick and has ticks"),
    ],
)
def test_a_memory_with_other_names_is_refused_and_says_which(
    text: str, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    with pytest.raises(CheckpointUnreadable, match=said):
        checkpoint.decode(Memory, changed(text, change))


def test_a_variable_that_a_frame_did_not_have_is_none_again(text: str) -> None:
    """What was not known has no name in the text: a build without a variable, or a version without the field."""
    without = changed(text, lambda state: state["last"].pop("air_temp", None))
    last = checkpoint.decode(Memory, without).last
    assert last is not None
    assert last == checkpoint.decode(Memory, text).last._replace(air_temp=None)  # type: ignore[union-attr]


def test_the_layout_before_the_names_is_refused_by_its_number(text: str) -> None:
    with pytest.raises(CheckpointUnreadable, match="checkpoint version 1, this program knows 2"):
        facts_left(text.replace('"version": 2', '"version": 1').replace('"version":2', '"version":1'))
