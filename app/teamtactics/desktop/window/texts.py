"""The words of the settings window, in the language in use."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from teamtactics.language import SYSTEM, _

IS_WINDOWS = sys.platform == "win32"


@dataclass(frozen=True, slots=True)
class Texts:
    """
    Attributes:
        languages: What can be chosen: code of the ini, and name.

        files: Name of the kind of files that *Browse* shows.
    """

    title: str
    intro: str
    key_file: str
    browse: str
    files: str
    topic: str
    iracing_id: str
    language: str
    languages: tuple[tuple[str, str], ...]
    autostart: str
    test: str
    open_file: str
    save: str
    close: str
    begin: str


def texts() -> Texts:
    """Return them in the language in use now."""
    return Texts(
        title=_("Teamtactics: settings"),
        intro=_(
            "Fill in what your team's admin has sent you; the file can be dropped on this window. Everything may stay "
            "empty: what is recorded then stays on this PC."
        )
        if IS_WINDOWS
        else _(
            "Fill in what your team's admin has sent you. Everything may stay empty: what is recorded then stays on "
            "this PC."
        ),
        key_file=_("team.json or key file"),
        browse=_("Browse…"),
        files=_("team.json or key file"),
        topic=_("Topic"),
        iracing_id=_("iRacing number"),
        language=_("Language"),
        languages=(
            (SYSTEM, _("as Windows") if IS_WINDOWS else _("as the system")),
            ("en", "English"),
            ("de", "Deutsch"),
        ),
        autostart=_("Start with Windows"),
        test=_("Test"),
        open_file=_("Open the file"),
        save=_("Save"),
        close=_("Close"),
        begin=_("Test says whether everything works, before you save."),
    )
