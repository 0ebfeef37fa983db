"""What comments cite stands in the repository: the facts of the simulator, and what is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = {
    "SIMULATOR#": ROOT / "app" / "teamtactics" / "telemetry" / "SIMULATOR.md",
    "DATA.md#": ROOT / "app" / "teamtactics" / "contract" / "DATA.md",
}
_WORDS_APART = r"\s+(?:#\s+)?"
"""A line's end in a comment or a docstring too."""


def sources() -> list[Path]:
    return [*sorted((ROOT / "app" / "teamtactics").rglob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]


def anchors(page: Path) -> set[str]:
    """The names under which a page's headings can be linked to, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def cited(mark: str) -> dict[str, set[str]]:
    """By anchor the files that cite it."""
    found: dict[str, set[str]] = {}
    for path in sources():
        for name in re.findall(re.escape(mark) + r"([\w-]+)", path.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(path.relative_to(ROOT).as_posix())
    return found


@pytest.mark.parametrize("mark", PAGES)
def test_what_is_cited_is_there(mark: str) -> None:
    found = cited(mark)
    assert len(found) > 5
    assert {name: where for name, where in found.items() if name not in anchors(PAGES[mark])} == {}


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.name)
def test_a_page_leads_to_itself_only_where_it_has_something(page: Path) -> None:
    assert set(re.findall(r"\]\(#([\w-]+)\)", page.read_text(encoding="utf-8"))) <= anchors(page)


def test_nothing_outside_of_the_repository_is_cited() -> None:
    """A contributor cannot look up what is nowhere."""
    pages = sorted((ROOT / "app" / "teamtactics").rglob("*.md"))
    foreign = re.compile(rf"\bfield{_WORDS_APART}guide\b|\(guide \d", re.IGNORECASE)
    me = Path(__file__)
    assert [str(path) for path in (*sources(), *pages) if path != me and foreign.search(path.read_text("utf-8"))] == []


def test_each_fact_of_the_simulator_has_one_heading() -> None:
    headings = re.findall(r"^### (.+)$", PAGES["SIMULATOR#"].read_text(encoding="utf-8"), re.MULTILINE)
    assert len(headings) == len(set(headings)) > 50
    assert all(re.fullmatch(r"[a-z-]+", heading) for heading in headings), "a name that can be cited as it stands"
