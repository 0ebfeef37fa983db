"""HTML pages of one file each: no server, nothing from the network; one short script. The only importer of jinja2."""

from __future__ import annotations

import hashlib
import unicodedata
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from teamtactics import __version__
from teamtactics.language import _, n_
from teamtactics.reports.checking.result import CheckResult, headline, stamp, text_lines
from teamtactics.settings.places import third_party_notices
from teamtactics.settings.settings import Settings

_STEERING = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode's categories of controls, formats, halves of surrogate pairs, private characters and separators of lines."""
_JOINERS = "\u200c\u200d"
"""They steer nothing: names of some languages are written with them."""


def _readable(value: object) -> object:
    """Replace what would steer a browser (directions of writing, controls) in a name that somebody else wrote."""
    if not isinstance(value, str) or hasattr(value, "__html__") or value.isprintable():
        return value
    return "".join("?" if unicodedata.category(each) in _STEERING and each not in _JOINERS else each for each in value)


# Everything is escaped: names come from other people's computers.
_templates = Environment(
    loader=PackageLoader("teamtactics.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_readable,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
# translators: no text but the language's own code
_templates.globals.update(_=_, n_=n_, language_code=lambda: _("en"))


def render(template: str, **facts: object) -> str:
    """Return the page that *template* makes of *facts*; a fact that it asks for and does not get is an error."""
    return _templates.get_template(template).render(facts)


def check_page(lines: Sequence[CheckResult], at: datetime) -> str:
    """
    Show what a check has found, with a button that copies it as text.

    Args:
        at: When it was done.
    """
    script = render("check.js")
    return render(
        "check.html",
        lines=lines,
        headline=headline(lines),
        stamp=stamp(at),
        text=list(text_lines(lines, at)),
        script=script,
        # The page may run this script and no other, whatever a name in it contains.
        script_hash=b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii"),
    )


def help_page() -> str:
    """Say what the icon means and what to do, without a network."""
    return render("help.html")


def about_page(settings: Settings, logfile: Path | None) -> str:
    """Say which version this is, and where its files are."""
    named = {
        _("Configuration"): settings.ini_path,
        _("Log"): logfile,
        _("Data folder"): settings.data_dir,
        _("Software of others"): third_party_notices(),
    }
    files = [(name, path.absolute()) for name, path in named.items() if path is not None]
    project = settings.cloud.project_id if settings.cloud.firestore_configured else None
    return render("about.html", version=__version__, project=project, files=files)
