"""The HTML pages: one file each, nothing loaded, nothing a name could break out of."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.sample_races import BEGAN, COLLECTION, INFO, ROGUE, PaperRace, full_of_markup, known, race_day
from teamtactics.model.parcel import Document
from teamtactics.reports.checking.result import CheckResult, text_lines
from teamtactics.reports.known_laps import KnownSession, Mark
from teamtactics.reports.laps_page import laps_page, session_page
from teamtactics.reports.page.whole import Choice
from teamtactics.reports.pages import about_page, check_page
from teamtactics.reports.summary import LAP_COLUMNS
from teamtactics.service.app import utc_now
from teamtactics.settings.load import load_settings
from teamtactics.store.store import Outbox

MADE = BEGAN + timedelta(hours=3, minutes=30)


class Texts(HTMLParser):
    """The page's tags, their addresses, what could be a script, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]
        self.scripts += [name for name, _value in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data + "|"


def page_of(session: KnownSession, renewed_s: int | None = None, choices: tuple[Choice, ...] = ()) -> str:
    return session_page(COLLECTION, session, MADE, choices, renewed_s, UTC)


def test_the_page_of_a_race_day_tells_everything() -> None:
    page = Texts(page_of(race_day()))
    assert page.tags.count("svg") >= 2
    for text in (
        "FBP Racing ORANGE: Race at Monza Full",
        "Porsche 911 RSR",
        "In the car|",
        "Laps to empty|",
        "Laps 57, 58 are missing: a recording (.ibt) of the driver's PC can fill what it saw.",
        "1:47.9403",
        "44.0 %",
        "LF RF LR RR fuel",
        "very lightly wet, declared wet",
        "filled in by a team-mate's client, which sees no fuel: laps 90–91",
        "not confirmed by the team's collection so far, or not all of it: laps 101–102",
        "A lap time in brackets was measured here",
        "without pits, tow or reset",
    ):
        assert text in page.text, f"{text} is missing"


def test_what_is_not_used_is_not_explained() -> None:
    page = page_of(known(PaperRace().drive(5).laps))
    for text in ("in brackets", "missing", "filled in", "<h2>Stops", "<h2>Weather", "off the scale", 'href="#out"'):
        assert text not in page.partition("<body>")[2], text


def test_an_unknown_value_is_a_dash_and_not_a_zero() -> None:
    lap = {**dict.fromkeys(LAP_COLUMNS), "LapCompleted": 1}
    page = page_of(known([lap], info={}))
    table = page[page.index("Laps of an unknown stint") :]
    assert table.count("<td>–</td>") == 7
    assert 'role="img"' not in page, "no chart without a number"


def test_a_page_renews_itself_by_reading_its_file_again() -> None:
    assert '<meta http-equiv="refresh" content="15">' in page_of(race_day(), 15)
    assert 'http-equiv="refresh"' not in page_of(race_day())


def test_other_sessions_are_chosen_by_links_to_files_beside_it() -> None:
    choices = (Choice("laps.html", "Race", "Sat", True), Choice("laps-3.html", ROGUE, "Fri", False))
    page = Texts(page_of(race_day(), None, choices))
    assert [address for address in page.addresses if not address.startswith("#")] == ["laps-3.html"]
    assert ROGUE in page.text
    assert "Other sessions" not in page_of(race_day(), None, choices[:1])


@pytest.mark.parametrize(
    ("page", "scripts"),
    [(page_of(full_of_markup()), 0), (check_page([CheckResult(ROGUE, False, ROGUE)], MADE), 1)],
)
def test_no_name_can_break_out_of_its_place(page: str, scripts: int) -> None:
    parsed = Texts(page)
    assert parsed.tags.count("script") == scripts
    assert not {"img", "iframe", "link", "object", "b", "i"} & set(parsed.tags)
    assert [address for address in parsed.addresses if not address.startswith("#")] == []
    assert parsed.scripts == []
    assert ROGUE in parsed.text
    assert "default-src 'none'; style-src 'unsafe-inline'" in page


def test_a_name_cannot_turn_the_direction_of_writing_or_be_no_text() -> None:
    page = page_of(full_of_markup())
    assert "?oliver??" in page
    assert page.encode("utf-8")
    assert "می‌خواهم" in check_page([CheckResult("می‌خواهم", None, "a\u00a0b")], MADE)


def test_no_page_names_anything_outside_of_itself(tmp_path: Path) -> None:
    found = load_settings(None, tmp_path, {"HOME": str(tmp_path)}, "linux")
    for page in (page_of(race_day(), 15), check_page([], MADE), about_page(found, tmp_path / "x.log")):
        addresses = Texts(page).addresses
        assert all(address.startswith(("file:///", "#")) for address in addresses)
        assert not re.search(r"https?://|url\(|@import", page)


def test_about_leads_to_the_licences_of_others_where_there_are_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = load_settings(None, tmp_path, {"HOME": str(tmp_path)}, "linux")
    assert "Software of others" not in about_page(found, None)
    notices = tmp_path / "THIRD-PARTY.txt"
    notices.write_text("")
    monkeypatch.setattr("teamtactics.reports.pages.third_party_notices", lambda: notices)
    page = about_page(found, None)
    assert "Software of others" in page
    assert notices.as_uri() in Texts(page).addresses


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**12),
    st.floats(),
    st.text(max_size=12),
    st.just(ROGUE),
    st.datetimes(timezones=st.just(UTC)),
)
NUMBERED = st.lists(st.integers(1, 40), min_size=1, max_size=8, unique=True)
STATES = st.none() | st.dictionaries(st.sampled_from([*LAP_COLUMNS, "FuelAtLapStart"]), VALUES)


@given(st.data(), NUMBERED, STATES)
@settings(deadline=None)
def test_whatever_a_document_says_there_is_a_page(data: st.DataObject, laps: list[int], state: Document | None) -> None:
    """Also what no client has written: half of it null, of another type, beyond every measure, full of markup."""
    sound = {int(str(lap["LapCompleted"])): lap for lap in PaperRace().drive(40).laps}
    others = [name for name in LAP_COLUMNS if name != "LapCompleted"]
    documents = [{**sound[lap], **data.draw(st.dictionaries(st.sampled_from(others), VALUES))} for lap in laps]
    info = data.draw(st.dictionaries(st.sampled_from([*INFO]), VALUES))
    marks = {lap: frozenset(data.draw(st.sets(st.sampled_from(Mark)))) for lap in laps}
    page = page_of(KnownSession(documents, info, state, marks, data.draw(st.none() | st.just(BEGAN))))
    parsed = Texts(page)
    assert not {"script", "img"} & set(parsed.tags)
    assert not parsed.scripts
    assert page.encode("utf-8").count(b"<tr") >= len(laps)


def test_the_check_page_counts_what_fails() -> None:
    lines = [
        CheckResult("Firestore", True, "fine"),
        CheckResult("topic", False, "gone"),
        CheckResult("clock", None, "not asked"),
    ]
    page = Texts(check_page(lines, MADE))
    assert "1 of 3 needs you." in page.text
    assert [mark for mark in page.text.partition("As text")[0] if mark in "✓✗–"] == ["✓", "✗", "–"]
    assert "Everything works." in check_page(lines[:1], MADE)


def test_the_check_page_says_when_it_was_and_holds_the_text_that_the_command_prints() -> None:
    lines = [CheckResult("Firestore", True, '<fine> & "good"'), CheckResult("iRacing", None, "x", is_remark=True)]
    page = Texts(check_page(lines, MADE))
    assert "\n".join(text_lines(lines, MADE)) in page.text
    assert MADE.astimezone().isoformat(" ", "seconds") in page.text.partition("As text")[0]


def test_the_check_page_may_run_its_own_script_and_no_other() -> None:
    page = check_page([CheckResult(ROGUE, False, ROGUE)], MADE)
    [script] = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    allowed = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"style-src 'unsafe-inline'; script-src 'sha256-{allowed}'\">" in page
    assert "script-src" not in page_of(race_day())


def test_an_empty_store_gives_a_page_that_says_so_and_waits_for_something(tmp_path: Path) -> None:
    with Outbox.open(tmp_path / "o.sqlite3", utc_now) as outbox:
        page = laps_page(outbox, datetime.now(UTC))
    assert "Nothing is recorded yet." in page
    assert 'http-equiv="refresh"' in page
