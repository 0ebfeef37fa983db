"""Which session of a team is the newest, and how many reads that takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from teamtactics.contract.names import ids_of_team
from teamtactics.model.parcel import Document
from teamtactics.team.newest import CANDIDATES, Newest, newest_session

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def hour(number: float) -> datetime:
    return NOON + timedelta(hours=number)


class Cloud:
    """Collections with their documents by id; counts the documents that were read."""

    def __init__(self, collections: Mapping[str, Mapping[str, Document]]) -> None:
        self._collections = collections
        self.read: list[str] = []

    def collections(self) -> Sequence[str]:
        return list(self._collections)

    def in_each(self, collections: Collection[str], doc_id: str) -> Mapping[str, Document]:
        self.read += collections
        there = {name: self._collections.get(name, {}).get(doc_id) for name in collections}
        return {name: document for name, document in there.items() if document is not None}

    def latest(self, collection: str) -> Document | None:
        self.read.append(collection)
        documents = [each for each in self._collections.get(collection, {}).values() if "Updated" in each]
        return max(documents, key=lambda each: str(each["Updated"]), default=None)

    def close(self) -> None: ...


def state(utc: float, updated: float | None = None) -> dict[str, Document]:
    return {"state": {"Utc": hour(utc), "Updated": hour(utc if updated is None else updated)}}


def test_it_is_the_one_with_the_latest_word() -> None:
    cloud = Cloud({"A@10#20#0": state(1), "A@10#20#2": state(3), "A@10#20#1": state(2)})
    assert newest_session(cloud) == Newest("A@10#20#2", hour(3))
    assert len(cloud.read) == 3


def test_what_is_no_teams_session_is_never_looked_at() -> None:
    others = {"strategy": state(9), "Ada Falk@porsche992cup#spa 2024 up#2": state(9), "teamtactics": state(9)}
    cloud = Cloud({**others, "A@10#20#0": state(1)})
    assert newest_session(cloud) == Newest("A@10#20#0", hour(1))
    assert set(cloud.read) == {"A@10#20#0"}
    assert newest_session(Cloud(others)) is None
    assert newest_session(Cloud({"A@10#20#0": {}})) is None, "nothing says of when it is"


def test_without_a_state_it_is_the_document_written_last() -> None:
    laps: dict[str, Document] = {"1": {"Updated": hour(1)}, "2": {"Updated": hour(5), "Utc": hour(4)}}
    assert newest_session(Cloud({"A@10#20#0": laps, "A@11#21#0": state(3)})) == Newest("A@10#20#0", hour(4))


def test_a_race_of_last_year_that_is_written_again_is_not_the_newest() -> None:
    cloud = Cloud({"A@10#20#0": state(-9000, updated=5), "A@11#21#0": state(1)})
    assert newest_session(cloud) == Newest("A@11#21#0", hour(1))


def test_a_clock_years_ahead_makes_no_session_the_newest() -> None:
    cloud = Cloud({"A@10#20#0": state(90000, updated=1), "A@11#21#0": state(2)})
    assert newest_session(cloud) == Newest("A@11#21#0", hour(2))


def test_of_many_only_those_with_the_highest_ids_are_read() -> None:
    many = {f"A@{1000 + number}#{9 + number}#0": state(number) for number in range(200)}
    cloud = Cloud(many)
    assert newest_session(cloud) == Newest("A@1199#208#0", hour(199))
    assert len(cloud.read) == CANDIDATES


def test_the_one_that_was_followed_is_looked_at_whatever_its_name() -> None:
    cloud = Cloud({"cut%~0a": state(4), "A@10#20#0": state(1)})
    assert newest_session(cloud, "cut%~0a") == Newest("cut%~0a", hour(4))
    assert newest_session(cloud, "gone") == Newest("A@10#20#0", hour(1))


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("FBP Racing@118486868#28814031#2", (28814031, 118486868, 2)),
        ("a@1#2#3 @ b#@10#20#0", (20, 10, 0)),
        ("Ada Falk@porsche992cup#spa 2024 up#2", None),
        ("A@1#2#3%~0123", None),
        ("A@1#2", None),
        ("A@1#2#٣", None),
    ],
)
def test_a_name_tells_its_ids(name: str, ids: tuple[int, int, int] | None) -> None:
    assert ids_of_team(name) == ids
