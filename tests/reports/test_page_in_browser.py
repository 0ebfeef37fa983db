"""
The page of a session in a real headless Chromium: wide and narrow, light and dark, on paper, and renewed while open.

What it has looked like is kept in ``.cache/shots/pages``; a selection is in ``tests/reports/shots``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from bench.bench_page import MADE_MS, OPENED_MS, best_ms, fill, opened_ms
from reports.sample_races import (
    BEGAN,
    COLLECTION,
    LEFT_OVER,
    ROGUE,
    TEAM,
    day_and_night,
    full_of_markup,
    known,
    member,
    race_day,
)
from support.browser import Browser
from teamtactics.reports.known_laps import KnownSession
from teamtactics.reports.laps_page import laps_page, session_page
from teamtactics.reports.page.whole import Choice
from teamtactics.store.store import Outbox

SHOTS = Path(__file__).parents[2] / ".cache" / "shots" / "pages"
CHOICES = (
    Choice("laps.html", "FBP Racing ORANGE: Race at Monza Full", "Sat 28 Nov 2026, 13:00:20", True),
    Choice("laps-3.html", "FBP Racing ORANGE: Qualify (Race) at Monza Full", "Sat 28 Nov 2026, 12:31:02", False),
)
ROGUES = (member(1, ROGUE, 5.0, ROGUE, version=ROGUE[:40]), member(2, "</table></section>", 5_000.0, version="<b>"))
"""Members as somebody would have them who wants to break the page."""
BESIDE = {"day": (TEAM, LEFT_OVER), "markup": (ROGUES, replace(LEFT_OVER, driver=ROGUE)), "night": ((), None)}
PAGES = {"day": race_day, "night": day_and_night, "markup": full_of_markup}
WIDTHS = {"wide": 1200, "phone": 390}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def written(folder: Path, session: KnownSession, renewed_s: int | None = None, name: str = "day") -> Path:
    page = folder / "laps.html"
    made = BEGAN + timedelta(hours=3, minutes=13)
    last = session.state or session.laps[-1]
    utc = last.get("Utc")
    if isinstance(utc, datetime):
        made = utc + timedelta(seconds=9)
    page.write_text(session_page(COLLECTION, session, made, CHOICES, renewed_s, UTC, *BESIDE[name]), encoding="utf-8")
    return page


def colours(picture: Path) -> set[tuple[int, int, int]]:
    with Image.open(picture) as image:
        found = image.convert("RGB").getcolors(1 << 24)
    assert found is not None
    return {colour for _count, colour in found if isinstance(colour, tuple)}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_the_page_whole_and_loads_nothing_else(
    browser: Browser, tmp_path: Path, name: str, width: str, scheme: str
) -> None:
    page = written(tmp_path, PAGES[name](), 15, name)
    browser.look_like(WIDTHS[width], 1500, dark=scheme == "dark")
    browser.open(page.as_uri())
    shot = SHOTS / f"{name}-{width}-{scheme}.png"
    browser.picture(shot)
    assert [url for url in browser.requests() if url != page.as_uri()] == []
    assert not [event for event in browser.events if event.get("method") == "Log.entryAdded"], "no rule was broken"
    ground, driver = {"light": ((255, 255, 255), (10, 110, 220)), "dark": ((18, 18, 18), (109, 179, 255))}[scheme]
    assert {ground, driver} <= colours(shot), "the paper, and the points of the first driver"
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth"), "only tables scroll sideways"
    assert browser.evaluate(OVERLAPPING) == []


OVERLAPPING = """(() => {
  const found = [];
  const wrong = (a, b) => a.right > b.left + 1 && b.right > a.left + 1 && a.bottom > b.top + 1 && b.bottom > a.top + 1;
  for (const row of document.querySelectorAll("tr, .cards, .ticks")) {
    const boxes = [...row.children].map(each => {
      const range = document.createRange(); range.selectNodeContents(each);
      return [each.textContent, range.getBoundingClientRect()];
    }).filter(([, box]) => box.width);
    for (let i = 0; i + 1 < boxes.length; i++)
      if (wrong(boxes[i][1], boxes[i + 1][1])) found.push(boxes[i][0] + " | " + boxes[i + 1][0]);
  }
  return found;
})()"""
"""The texts of neighbours that lie on one another."""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_before_the_race_the_page_says_who_is_ready(browser: Browser, tmp_path: Path, width: str, scheme: str) -> None:
    page = tmp_path / "laps.html"
    page.write_text(session_page(COLLECTION, known([]), BEGAN, CHOICES, 15, UTC, TEAM), encoding="utf-8")
    browser.look_like(WIDTHS[width], 560, dark=scheme == "dark")
    browser.open(page.as_uri())
    browser.picture(SHOTS / f"before-{width}-{scheme}.png")
    rows = "[...document.querySelectorAll('#team tbody tr')].map(row => row.children[1].textContent)"
    assert browser.evaluate(rows) == ["in the car", "ready", "not ready", "not ready", "not ready", "gone"]
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth"), "only tables scroll sideways"
    assert browser.evaluate(OVERLAPPING) == []


def test_every_lap_has_its_point_and_its_row(browser: Browser, tmp_path: Path) -> None:
    browser.look_like(1200, 900)
    browser.open(written(tmp_path, day_and_night()).as_uri())
    assert browser.evaluate("document.querySelectorAll('.stint tbody tr').length") == 780
    points = "[...document.querySelectorAll('figure')].map(f => f.querySelectorAll('circle, .plot > svg > use').length)"
    assert browser.evaluate(points) == [780, 780]
    tip = "document.querySelector('figure circle title').textContent"
    assert re.fullmatch(r"lap 2: 1:4\d\.\d{4}, Ada Falk", browser.evaluate(tip))


def test_names_full_of_markup_are_text_and_nothing_else(browser: Browser, tmp_path: Path) -> None:
    browser.look_like(1200, 900)
    browser.open(written(tmp_path, full_of_markup(), name="markup").as_uri())
    assert ROGUE in browser.evaluate("document.querySelector('h1').textContent")
    assert browser.evaluate("document.querySelectorAll('script, img, b, i:not(.hole)').length") == 1, (
        "this session's own"
    )
    assert browser.evaluate("document.querySelectorAll('body > *').length") < 20, "no tag was closed by a name"
    assert not [event for event in browser.events if event.get("method") == "Page.javascriptDialogOpening"]


def test_on_paper_it_is_black_on_white_and_whole(browser: Browser, tmp_path: Path) -> None:
    browser.look_like(1200, 900, dark=True)
    browser.open(written(tmp_path, race_day()).as_uri())
    paper = browser.printed()
    assert paper.startswith(b"%PDF")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 8
    browser.look_like(718, 1046, media="print", dark=True)
    browser.open(written(tmp_path, race_day()).as_uri())
    shot = SHOTS / "day-print.png"
    browser.picture(shot)
    with Image.open(shot) as picture:
        assert picture.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    assert (10, 110, 220) in colours(shot), "the colours of the light page"
    assert browser.evaluate("getComputedStyle(document.querySelector('details')).display") == "none"
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut off"


def test_an_open_page_shows_what_is_new_and_stays_where_it_was_read(browser: Browser, tmp_path: Path) -> None:
    page = written(tmp_path, race_day(), 1)
    browser.look_like(1200, 900)
    browser.open(page.as_uri())
    for place in (1500, 3000):
        browser.evaluate(f"window.scrollTo(0, {place}), window.isFormer = true, 0")
        page.write_text(
            page.read_text(encoding="utf-8").replace("Race at Monza", "Race again at Monza"), encoding="utf-8"
        )
        browser.until("Page.loadEventFired")
        browser.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert browser.evaluate("window.isFormer === undefined")
        assert "Race again" in browser.evaluate("document.querySelector('h1').textContent")
        assert abs(browser.evaluate("scrollY") - place) < 30


def test_a_thousand_laps_are_a_page_in_no_time(browser: Browser, tmp_path: Path) -> None:
    """Generous, for a machine that has other work; ``bench_page.py`` prints the figures and what is allowed."""
    with Outbox.open(tmp_path / "o.sqlite3", lambda: BEGAN) as outbox:
        fill(outbox, 1000)
        made_ms = best_ms(lambda: laps_page(outbox, BEGAN), time.thread_time, times=3)
        page = tmp_path / "laps.html"
        page.write_text(laps_page(outbox, BEGAN), encoding="utf-8")
    assert made_ms < 3 * MADE_MS
    browser.look_like(1200, 1000)
    assert opened_ms(browser, page)[1] < OPENED_MS
