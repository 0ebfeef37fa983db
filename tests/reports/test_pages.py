"""The HTML pages: one file each, nothing loaded, nothing a name could break out of; seen in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from support.absent import absent
from teamtactics.model.parcel import Document
from teamtactics.reports.check import CheckResult
from teamtactics.reports.laps_page import laps_page, session_page
from teamtactics.reports.pages import about_page, check_page
from teamtactics.service.app import utc_now
from teamtactics.settings.load import load_settings
from teamtactics.store.store import Outbox

SHOTS = Path(__file__).parents[2] / ".cache" / "shots" / "pages"
ROGUE = '<script>alert("1")</script>&"\'><img src=http://example.com/x>'


def lap(number: int, stint: int = 1, **fields: object) -> Document:
    document: dict[str, object] = {
        "LapCompleted": number,
        "LapLastLapTime": 92.5 + number / 10,
        "LapTimeMeasured": 92.6,
        "Driver": "Ada Falk",
        "Stint": stint,
        "StintLap": number,
        "FuelLevel": 60.0 - 2.5 * number,
        "FuelUsed": 2.5,
        "TrackTemp": 31.0,
        "OnPitRoad": False,
    }
    return {**document, **fields}  # type: ignore[dict-item]


LAPS = [
    lap(1),
    lap(2, LapLastLapTime=None),
    lap(3, PitEnterTime=300.0, StopMovingTime=310.0, StartMovingTime=330.0, FuelAdded=40.0, OnPitRoad=True),
    lap(4, 2, PitExitTime=340.0, Driver="Ben Ruiz", FuelUsed=None),
    lap(5, 2, Driver="Ben Ruiz", PlayerCarTowTime=20.0, PitRepairLeft=8.0),
]


class Texts(HTMLParser):
    """The page's tags, their addresses, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]

    def handle_data(self, data: str) -> None:
        self.text += data + "|"


def test_the_page_of_a_session_tells_every_lap_by_stint() -> None:
    page = Texts(session_page("Team@1#2#3", {"Track": "monza full"}, LAPS))
    assert [tag for tag in page.tags if tag in ("h1", "h2", "svg")] == ["h1", "h2", "svg", "h2", "svg"]
    for text in (
        "monza full",
        "Team@1#2#3",
        "Stint 1: Ada Falk",
        "Stint 2: Ben Ruiz",
        "1:32.6000",
        "(1:32.6000)",
        "40.00",
        "in 0:05:00.0",
        "out 0:05:40.0, 40.0 s on pit road",
        "tow 20 s, repair 8 s",
        "2.50 L a lap",
    ):
        assert text in page.text, f"{text} is missing"


def test_an_unknown_value_is_a_dash_and_not_a_zero() -> None:
    page = session_page(
        "T@1#2#3", None, [lap(1, FuelUsed=None, FuelLevel=None, LapLastLapTime=None, LapTimeMeasured=None)]
    )
    assert page.count("<td>–</td>") == 3
    assert "<svg" not in page, "no chart without a consumption"


@pytest.mark.parametrize(
    "page",
    [
        session_page(ROGUE, {"Track": ROGUE}, [lap(1, Driver=ROGUE)]),
        check_page([CheckResult(ROGUE, False, ROGUE)]),
    ],
)
def test_no_name_can_break_out_of_its_place(page: str) -> None:
    parsed = Texts(page)
    assert not {"script", "img", "iframe", "link", "object"} & set(parsed.tags)
    assert parsed.addresses == []
    assert "default-src 'none'" in page


def test_no_page_names_anything_outside_of_itself(tmp_path: Path) -> None:
    settings = load_settings(None, tmp_path, {"HOME": str(tmp_path)}, "linux")
    for page in (session_page("T@1#2#3", None, LAPS), check_page([]), about_page(settings, tmp_path / "x.log")):
        addresses = Texts(page).addresses
        assert all(address.startswith("file:///") for address in addresses)
        assert not re.search(r"https?://", page)


def test_the_check_page_counts_what_fails() -> None:
    lines = [
        CheckResult("Firestore", True, "fine"),
        CheckResult("topic", False, "gone"),
        CheckResult("clock", None, "not asked"),
    ]
    page = Texts(check_page(lines))
    assert "1 of 3 need you." in page.text
    assert [mark for mark in page.text if mark in "✓✗–"] == ["✓", "✗", "–"]
    assert "Everything works." in check_page(lines[:1])


def test_an_empty_store_gives_a_page_that_says_so(tmp_path: Path) -> None:
    with Outbox.open(tmp_path / "o.sqlite3", utc_now) as outbox:
        assert "Nothing is recorded yet." in laps_page(outbox)


@pytest.mark.slow
def test_a_browser_shows_the_page_and_loads_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "laps.html"
    page.write_text(session_page("Falk & Ruiz@1#2#3", {"Track": "monza full"}, [*LAPS, *many_laps()]))
    shot = SHOTS / "laps.png"
    shot.parent.mkdir(parents=True, exist_ok=True)
    shot.unlink(missing_ok=True)
    browser(tmp_path, f"--screenshot={shot}", "--window-size=1100,1400", page.as_uri())
    with Image.open(shot) as picture:
        assert picture.size == (1100, 1400)
        found = picture.convert("RGB").getcolors(1 << 24)
        assert found is not None
        colours = {colour for _count, colour in found}
    assert (255, 255, 255) in colours
    assert (10, 110, 220) in colours, "the bars of the chart are drawn"
    dom = browser(tmp_path, "--dump-dom", page.as_uri())
    assert dom.count("<rect") == sum(1 for one in [*LAPS, *many_laps()] if one["FuelUsed"])
    assert dom.count("<tr") == len(LAPS) + 35 + 3


def many_laps() -> Sequence[Document]:
    return [lap(number, 3, FuelUsed=2.4 + number % 7 / 20) for number in range(6, 41)]


def browser(folder: Path, *words: str) -> str:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        absent("a Chromium is needed to look at the pages (Debian: chromium)")
    done = subprocess.run(
        [
            program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            f"--user-data-dir={folder / 'profile'}",
            "--host-resolver-rules=MAP * ~NOTFOUND",  # the page has to do without any network
            *words,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout
