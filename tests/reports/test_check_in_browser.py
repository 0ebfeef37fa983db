"""The check page in a real headless Chromium: its one script runs, *Copy* copies, and nothing else may run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports.sample_races import ROGUE
from support.browser import Browser
from teamtactics.reports.checking.result import CheckResult, text_lines
from teamtactics.reports.pages import check_page

SHOTS = Path(__file__).parents[2] / ".cache" / "shots" / "pages"
AT = datetime(2026, 11, 27, 1, 2, 3, tzinfo=UTC)
LINES = [
    CheckResult("configuration", True, "C:\\Users\\Ada\\teamtactics.ini"),
    CheckResult("configuration", None, "stateInterval = 5 — so often, a 24-hour race needs more", is_remark=True),
    CheckResult("topic", False, ROGUE),
    CheckResult("Firestore", None, "not configured"),
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, Path]]:
    folder = tmp_path_factory.mktemp("check")
    page = folder / "check.html"
    page.write_text(check_page(LINES, AT), encoding="utf-8")
    with Browser(folder) as browser:
        browser.tell("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        yield browser, page


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("0", "Copied."),
        ("Object.defineProperty(navigator, 'clipboard', {value: undefined}), 0", "Copied."),
        ("navigator.clipboard.writeText = () => Promise.reject(new Error('no')), 0", "Copied."),
        (
            "Object.defineProperty(navigator, 'clipboard', {value: undefined}), document.execCommand = () => false, 0",
            "Press Ctrl+C to copy it.",
        ),
    ],
    ids=["clipboard", "none", "refused", "by hand"],
)
def test_copy_takes_the_text_that_the_command_prints(
    opened: tuple[Browser, Path], before: str, says: str, tmp_path: Path
) -> None:
    browser, page = opened
    browser.look_like(900, 700)
    browser.open(page.as_uri())
    browser.tell("Page.bringToFront")
    read = browser.evaluate("window.read = navigator.clipboard, read.writeText('before').then(() => read.readText())")
    assert read == "before"
    browser.evaluate(before)
    box = browser.evaluate("(({x, y}) => [x + 5, y + 5])(document.getElementById('copy').getBoundingClientRect())")
    for kind in ("mousePressed", "mouseReleased"):
        browser.tell("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)
    waiting = (
        "new Promise(done => { const look = () => said.textContent ? done(said.textContent) : setTimeout(look, 5);"
    )
    assert browser.evaluate(f"{waiting} look(); }})") == says
    whole = "\n".join(text_lines(LINES, AT)) + "\n"
    if says == "Copied.":
        assert browser.evaluate("read.readText()") == whole
    else:
        assert browser.evaluate("getSelection().toString()") == whole, "it is chosen for who presses Ctrl+C"
    assert [url for url in browser.requests() if url != page.as_uri()] == []
    assert not [event for event in browser.events if event.get("method") == "Log.entryAdded"], "no rule was broken"
    browser.picture(SHOTS / f"check-{tmp_path.name[-1]}.png")


def test_no_other_script_runs_there(opened: tuple[Browser, Path], tmp_path: Path) -> None:
    browser, page = opened
    broken = tmp_path / "broken.html"
    broken.write_text(
        page.read_text(encoding="utf-8").replace("<h1>", "<script>window.isBroken = true</script><h1>"), "utf-8"
    )
    browser.open(broken.as_uri())
    assert browser.evaluate("window.isBroken === undefined")
    assert browser.evaluate("document.getElementById('copy').hidden") is False, "ours does"
