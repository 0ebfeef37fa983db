"""HTML pages of one file each: no server, no script, nothing from the network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from teamtactics import __version__
from teamtactics.reports.check import CheckResult
from teamtactics.settings.settings import Settings

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --good: #16914a; --bad: #cc1c1c; --mark: #0a6edc; }
@media (prefers-color-scheme: dark) { :root { --good: #3ecf7a; --bad: #ff6b63; --mark: #6db3ff; } }
body { font: 15px/1.45 system-ui, "Segoe UI", sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .soft { opacity: .7; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th { font-weight: 600; white-space: nowrap; } .left { text-align: left; } tr.pit { background: var(--soft); }
.good { color: var(--good); } .bad { color: var(--bad); } a { color: var(--mark); }
table.laps { table-layout: fixed; } table.laps th:last-child { width: 40%; } .bar { fill: var(--mark); }
td.long { text-align: left; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; margin: .5rem 0; } svg text { fill: currentColor; font-size: 11px; }
"""

_MARKS = {True: ("good", "✓"), False: ("bad", "✗"), None: ("soft", "–")}


def page(title: str, body: Iterable[str]) -> str:
    """Return a whole page; *body* is HTML, escaped by whoever made it."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        # Nothing may be loaded, whatever a name in the data contains.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def check_page(lines: Sequence[CheckResult]) -> str:
    """Show what a check has found."""
    failed = sum(line.ok is False for line in lines)
    verdict = "Everything works." if not failed else f"{failed} of {len(lines)} need you."
    rows = []
    for line in lines:
        kind, mark = _MARKS[line.ok]
        rows.append(
            f'<tr><td class="left {kind}">{mark}</td><td class="left">{escape(line.name)}</td>'
            f'<td class="long">{escape(line.text)}</td></tr>'
        )
    return page("Teamtactics: check", ["<h1>Check</h1>", f"<p>{verdict}</p>", "<table>", *rows, "</table>"])


def about_page(settings: Settings, logfile: Path | None) -> str:
    """Say which version this is, and where its files are."""
    files = (
        ("Configuration", settings.ini_path),
        ("Log", logfile),
        ("Data folder", settings.data_dir),
    )
    rows = [
        f'<tr><td class="left">{name}</td><td class="long">{_link(path)}</td></tr>'
        for name, path in files
        if path is not None
    ]
    cloud = settings.cloud
    where = escape(cloud.project_id or "") if cloud.firestore_configured else "none, everything stays on this PC"
    return page(
        "About Teamtactics",
        [
            f"<h1>Teamtactics {__version__}</h1>",
            "<p>Laps, fuel, stints and pit stops of an iRacing team, in the team's own Google project.</p>",
            f'<p class="soft">Google project: {where}</p>',
            "<table>",
            *rows,
            "</table>",
        ],
    )


def _link(path: Path) -> str:
    return f'<a href="{escape(path.absolute().as_uri())}">{escape(str(path))}</a>'
