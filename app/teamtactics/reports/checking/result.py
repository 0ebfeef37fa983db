"""The lines of a check, as text, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TextIO

from teamtactics import __version__
from teamtactics.language import Said, _, n_

NAMES = (
    Said("configuration"),
    Said("credentials"),
    Said("proxy"),
    Said("Firestore"),
    Said("Firestore use"),
    Said("topic"),
    Said("iRacing"),
    Said("simulate"),
    Said("data folder"),
    Said("tape"),
    Said("clock"),
)
"""Every name that a line may have, for the catalogues."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """
    One line of the check.

    Attributes:
        ok: None when there was nothing to check; that is no failure.

        text: One line: what was found, and after a failure what to do; as it stands in the source, for the log.

        is_remark: Nothing is wrong, and yet somebody should know it before a race; ``ok`` is None then.

        translated: *text* for people, in their language; empty for one that is not translated.
    """

    name: str
    ok: bool | None
    text: str
    is_remark: bool = False
    translated: str = field(default="", compare=False)

    @property
    def shown_name(self) -> str:
        """The name in the language in use."""
        return _(self.name)

    @property
    def shown(self) -> str:
        """The text in the language that was in use when it was checked."""
        return self.translated or self.text

    @property
    def line(self) -> str:
        """Name and text for people."""
        return f"{self.shown_name}: {self.shown}"

    @property
    def mark(self) -> str:
        """The sign of the line."""
        return "!" if self.is_remark else {True: "✓", False: "✗", None: "–"}[self.ok]

    @property
    def plain_mark(self) -> str:
        """The same for a console that cannot show it."""
        return "NOTE" if self.is_remark else {True: "OK  ", False: "FAIL", None: "-   "}[self.ok]


def headline(results: Sequence[CheckResult]) -> str:
    """Say in a sentence what *results* come to."""
    failed = sum(result.ok is False for result in results)
    remarks = sum(result.is_remark for result in results)
    noted = n_("{count} remark", "{count} remarks", remarks).format(count=remarks)
    if failed:
        need = n_("{count} of {all} needs you", "{count} of {all} need you", failed)
        return need.format(count=failed, all=len(results)) + (f", {noted}." if remarks else ".")
    return _("Nothing is wrong, {remarks}.").format(remarks=noted) if remarks else _("Everything works.")


def stamp(at: datetime) -> str:
    """Say when and by which version: local time with its distance from UTC, as it may be read elsewhere."""
    when = at.astimezone().isoformat(" ", "seconds")
    return _("teamtactics {version}, checked {when}").format(version=__version__, when=when)


def text_lines(results: Sequence[CheckResult], at: datetime, encoding: str = "utf-8") -> Iterator[str]:
    """Yield the lines of the whole text, with signs that *encoding* has: a Windows console with cp1252 has no ✓."""
    is_plain = not _can_show("✓✗–", encoding)
    for line in (
        stamp(at),
        *(f"{each.plain_mark if is_plain else each.mark} {each.line}" for each in results),
        headline(results),
    ):
        yield line.encode(encoding, "replace").decode(encoding)


def print_results(results: Sequence[CheckResult], at: datetime, stream: TextIO) -> None:
    """Write the whole text as *stream* can show it."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write("".join(f"{line}\n" for line in text_lines(results, at, encoding)))


def exit_code(results: Sequence[CheckResult], *, strict: bool = False) -> int:
    """Return 1 when something is wrong, *strict* also when there is a remark; else 0."""
    return int(any(result.ok is False or (strict and result.is_remark) for result in results))


def _can_show(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
