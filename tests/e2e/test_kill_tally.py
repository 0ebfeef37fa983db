"""The judge of the random kills sees what is lost, doubled and changed."""

from __future__ import annotations

from dataclasses import replace

from e2e.kill_tally import Tally, compare_documents, compare_messages
from support.pubsub_reader import Received

LAPS = [("lap 1", {"FuelUsed": 2.5}), ("lap 2", {"FuelUsed": 2.6})]
TRUE = {
    name: Received({"id": name, "type": "lap"}, "session", {"sessionTime": 1.0, "payload": {"LapCompleted": lap}})
    for lap, name in enumerate(("a", "b"), 1)
}


def documents(*got: tuple[str, dict[str, float]]) -> tuple[int, int, int]:
    tally = Tally()
    compare_documents("store", LAPS, got, tally)
    return tally.lost, tally.doubled, tally.changed


def messages(*got: Received) -> tuple[int, int, int]:
    tally = Tally()
    compare_messages(TRUE, got, tally)
    return tally.lost, tally.doubled, tally.changed


def test_the_same_documents_in_any_order_are_right() -> None:
    assert documents(LAPS[1], LAPS[0]) == (0, 0, 0)


def test_a_document_that_is_missing_is_lost_and_one_there_twice_is_doubled() -> None:
    assert documents(LAPS[0], LAPS[0]) == (1, 1, 0)


def test_a_field_that_differs_and_a_lap_that_never_was_are_changes() -> None:
    assert documents(LAPS[0], ("lap 2", {"FuelUsed": 2.7}), ("lap 3", {})) == (0, 0, 2)


def test_a_repeat_of_a_message_is_right_and_one_with_other_words_is_a_change() -> None:
    assert messages(TRUE["a"], TRUE["b"], TRUE["a"]) == (0, 0, 0)
    assert messages(TRUE["a"], TRUE["b"], replace(TRUE["a"], data=TRUE["b"].data)) == (0, 0, 1)


def test_a_message_that_never_came_is_lost_and_one_under_a_second_id_is_doubled() -> None:
    assert messages(TRUE["a"]) == (1, 0, 0)
    assert messages(TRUE["a"], TRUE["b"], replace(TRUE["a"], attributes={"id": "c", "type": "lap"})) == (0, 1, 0)
