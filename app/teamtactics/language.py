"""
What people read, in their language: English as it stands in the source, German from a catalogue.

Of the whole process, chosen once at its start and when the settings change. Logs stay English: who reads one mostly
has to show it to somebody else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:  # at run time they are loaded with the catalogue: not on Windows' way to the icon
    from gettext import NullTranslations
    from typing import Self

SOURCE = "en"
LANGUAGES = (SOURCE, "de")
"""Complete ones; a test holds each against the source."""

SYSTEM = "auto"
"""Instead of a language: that of the PC, English when we do not have it."""

_chosen: NullTranslations | None = None
"""None where people read the source's own texts."""


def use(language: str) -> None:
    """Speak *language* from now on: one of ``LANGUAGES``, or ``SYSTEM``; all that is translated later follows."""
    global _chosen
    code = system_language() if language == SYSTEM else language
    _chosen = None if code == SOURCE else _catalogue(code)


def _catalogue(code: str) -> NullTranslations:
    import gettext
    from pathlib import Path

    return gettext.translation("teamtactics", Path(__file__).with_name("locale"), [code])


def system_language(environment: Mapping[str, str] | None = None) -> str:
    """
    Return the language that the user's system speaks, one of ``LANGUAGES``.

    On Windows that of its own windows and menus (``GetUserDefaultUILanguage``), elsewhere as gettext's manual
    orders the environment's variables.
    """
    if sys.platform == "win32" and environment is None:
        import ctypes
        import locale

        names = [locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")]
    else:
        given = os.environ if environment is None else environment
        value = next(filter(None, map(given.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
        # LANGUAGE is a list, and counts only where a locale is set at all.
        names = given.get("LANGUAGE", "").split(":") if value.partition(".")[0] not in ("", "C", "POSIX") else []
        names.append(value)
    codes = [name.replace("-", "_").partition("_")[0].partition(".")[0].lower() for name in names]
    return next((code for code in codes if code in LANGUAGES), SOURCE)


def _(text: str) -> str:
    """Return *text*, as written in the source, in the language in use."""
    # An empty one would bring the catalogue's header.
    return _chosen.gettext(text) if text and _chosen is not None else text


def n_(one: str, many: str, count: float) -> str:
    """Return that of the two forms, in the language in use, which suits *count*."""
    whole = int(count) if count == int(count) else 2
    if _chosen is None:
        return one if whole == 1 else many
    return _chosen.ngettext(one, many, whole)


def later(text: str) -> str:
    """Mark *text* for the catalogues, as a template that a ``Said`` is made of where its facts are known."""
    return text


class Said(str):
    """
    A text that is told twice: as it stands in the source, for the log, and by ``local`` to people in their language.

    It is made before anybody knows the language (while the settings are read), so the translation comes when shown.

    Args:
        template: As written in the source, with places ``{name}``.

        facts: What goes into the places; a ``Said`` among them is translated with it.
    """

    template: str
    facts: Mapping[str, object]

    def __new__(cls, template: str, **facts: object) -> Self:
        """Return the text as it stands in the source."""
        made = super().__new__(cls, template.format(**facts))
        made.template, made.facts = template, facts
        return made

    def local(self) -> str:
        """Return it in the language in use."""
        facts = {name: local(fact) if isinstance(fact, str) else fact for name, fact in self.facts.items()}
        return self._pattern().format(**facts)

    def _pattern(self) -> str:
        return _(self.template)


class SaidOf(Said):
    """A text that is told twice and has two forms, of which *count* chooses; ``{count}`` is among its places."""

    _forms: tuple[str, str, int]

    def __new__(cls, one: str, many: str, count: int, **facts: object) -> Self:
        """Return the text as it stands in the source."""
        made = super().__new__(cls, one if count == 1 else many, count=count, **facts)
        made._forms = one, many, count
        return made

    def _pattern(self) -> str:
        return n_(*self._forms)


class Changed(Said):
    """
    A text that was changed, and its translation in the same way.

    Args:
        text: May be a ``Said``.

        change: Applied to what it says, in each language.
    """

    _origin: tuple[str, Callable[[str], str]]

    def __new__(cls, text: str, change: Callable[[str], str]) -> Self:
        """Return the text as it stands in the source, changed."""
        made = super().__new__(cls, "{text}", text=change(str(text)))
        made._origin = text, change
        return made

    def local(self) -> str:
        """Return it in the language in use, changed."""
        text, change = self._origin
        return change(local(text))


def joined(*texts: str, between: str = " ") -> Said:
    """Return *texts*, some of which may be a ``Said``, as one."""
    facts = {f"text{number}": text for number, text in enumerate(texts)}
    pattern = between.join(f"{{{name}}}" for name in facts)
    return Said(pattern, **facts)


def without_stop(text: str) -> str:
    """Return *text* without the full stop at its end: it goes into a sentence."""
    return Changed(text, lambda said: said.rstrip("."))


def local(text: str) -> str:
    """Return *text* in the language in use, as far as it is a ``Said``."""
    return text.local() if isinstance(text, Said) else text
