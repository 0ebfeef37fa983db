"""The pages and the record's sentences in German; the log stays English."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest

from reports.sample_races import BEGAN, COLLECTION, LEFT_OVER, TEAM, race_day
from teamtactics import language
from teamtactics.reports.laps_page import session_page
from teamtactics.reports.tables import team_table
from teamtactics.reports.wholeness import Results, sentences, wholeness
from tools import catalogue


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    language.use("de")
    yield
    language.use(language.SOURCE)


def page() -> str:
    return session_page(COLLECTION, race_day(), BEGAN + timedelta(hours=3), (), 15, UTC, TEAM, LEFT_OVER)


def texts(written: str) -> list[str]:
    """What is read: between the marks, and what the pointer shows."""
    body = re.sub(r"<style>.*?</style>", "", written, flags=re.DOTALL)
    return [html.unescape(text) for text in re.findall(r">([^<>]+)<", body) if text.strip()]


def test_nothing_on_the_page_is_left_in_english() -> None:
    """Every text of the catalogue that has another German one, and no place in it, is looked for."""
    (path,) = catalogue.catalogues()
    english = {text for one in catalogue.read(path) for text in catalogue.forms(one.id) if one.id != one.string}
    found = [text.strip() for text in texts(page())]
    assert [text for text in found if text in english] == []
    assert '<html lang="de">' in page()


@pytest.mark.parametrize(
    "text",
    [
        "Im Auto",
        "Runden bis leer",
        "Team: 2 von 6 bereit",
        "Boxengasse s",
        "Letzter Stopp",
        "Zurückstellen, was ",
        "Sa, 28. Nov 2026",
    ],
)
def test_what_a_driver_looks_for(text: str) -> None:
    assert text in html.unescape(page())


def test_the_record_is_told_in_german_and_logged_in_english() -> None:
    found = wholeness([{"LapCompleted": 1, "Driver": "Ada"}, {"LapCompleted": 3, "Driver": "Ada"}], Results(laps=3))
    assert list(sentences(found)) == [
        "2 von 3 Runden.",
        "Runde 2 fehlt: Eine Aufzeichnung (.ibt) vom PC von Ada kann ergänzen, was er gesehen hat.",
    ]
    assert next(iter(sentences(found, in_english=True))) == "2 of 3 laps."


def test_tables_of_a_terminal_have_german_headings() -> None:
    printed = team_table(TEAM, ascii_only=True)
    assert "Team: 2 von 6 bereit" in printed
    assert "Mitglied" in printed and "Was nicht stimmt" in printed
    assert "Last seen" not in printed and " ago" not in printed
