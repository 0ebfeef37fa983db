"""People and secrets in what was written for people: the log, the ini, sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from teamtactics.redaction import Redactor
from teamtactics.reports.problem.people import People

_WORD = re.compile(r"\w+")
_MEMBER = re.compile(r"\b(member|customer|part \d{1,5}) (\d{1,10})\b")
_HOME = re.compile(
    r"([\\/](?:users|home|documents and settings)[\\/]+)[^\\/\n:*?\"<>|]+(?=[\\/]|$|[\s:\"'])", re.IGNORECASE
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b(?!#)")
_FORMER = (
    # What was set when the line was written, and is not what is set now.
    (re.compile(r"\b(projects|topics)/[^/\s'\",;]+"), r"\1/[removed]"),
    (re.compile(r"(; Firestore )(?!not configured)\S+(; Pub/Sub )"), r"\1[project]\2"),
    (re.compile(r"[^\s'\"]+\.json\b", re.IGNORECASE), "[key file]"),
)
_SHORTEST_PART = 3
"""Letters of a part of a name that is looked for by itself."""
_SHORTEST_NUMBER = 4
"""Digits; a shorter number stands for many things, and is replaced only where it says whose it is."""
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Secret:
    """
    Something of this PC or of the team's project that leaves it with nobody.

    Attributes:
        text: Where it is found as a word, upper and lower case are the same.

        instead: What stands there then.
    """

    text: str
    instead: str


class Prose:
    """
    Args:
        secrets: Longer ones are looked for first.

        redact: Removes keys and passwords.
    """

    def __init__(self, people: People, secrets: Iterable[Secret], redact: Redactor) -> None:
        self._people, self._redact = people, redact
        self._instead = {each.text.casefold(): each.instead for each in secrets if each.text.strip()}
        words = sorted(self._instead, key=len, reverse=True)
        pattern = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words)
        self._secret = re.compile(pattern, re.IGNORECASE) if words else None
        self._names = _by_first_word(people.names)
        self._parts = {
            word: people.names[name] for name in people.known for word in _WORD.findall(name) if _is_part(word)
        }

    def __call__(self, text: str) -> str:
        """Return *text* without secrets, and with other names and numbers."""
        text = self._redact(text)
        if self._secret is not None:
            text = self._secret.sub(lambda found: self._instead.get(found[0].casefold(), "[removed]"), text)
        for pattern, instead in _FORMER:
            text = pattern.sub(instead, text)
        text = _MAIL.sub("[e-mail]", _HOME.sub(r"\1[user]", text))
        text = _MEMBER.sub(self._whose, text)
        return self._other_words(text)

    def _whose(self, found: re.Match[str]) -> str:
        number = int(found[2])
        return f"{found[1]} {self._people.customers.get(number, number)}"

    def _other_words(self, text: str) -> str:
        parts, done = list[str](), 0
        for word in _WORD.finditer(text):
            if word.start() < done:
                continue
            found = self._at(text, word, done)
            if found is not None:
                begin, end, other = found
                parts += (text[done:begin], other)
                done = end
        return "".join((*parts, text[done:]))

    def _at(self, text: str, word: re.Match[str], done: int) -> tuple[int, int, str] | None:
        """Return from where to where a name or a number stands that has *word* in it, and what it becomes."""
        for name, before, other in self._names.get(word[0].casefold(), ()):
            begin = word.start() - before
            if begin >= done and (end := _end_of(name, text, begin)):
                return begin, end, other
        if (cut := self._cut_name(text, word, done)) is not None:
            return cut
        if word[0].isdecimal() and len(word[0]) >= _SHORTEST_NUMBER and not _is_of_decimals(text, word):
            other_number = self._people.of_anybody.get(int(word[0]))
            if other_number is not None:
                return word.start(), word.end(), str(other_number)
        part = self._parts.get(word[0])
        return None if part is None else (word.start(), word.end(), part)

    def _cut_name(self, text: str, word: re.Match[str], done: int) -> tuple[int, int, str] | None:
        """Find a name whose end was left out for want of room."""
        end = text.find(_CUT, word.start(), word.start() + 200)
        if end < 0 or word.start() < done:
            return None
        begun = text[word.start() : end].rstrip()
        if len(begun) < _SHORTEST_PART:
            return None
        for name, other in self._people.names.items():
            if name.startswith(begun):
                return word.start(), end + len(_CUT), other
        return None


def _by_first_word(names: Mapping[str, str]) -> dict[str, list[tuple[str, int, str]]]:
    """Return the names by their first word, the longest first: each with what stands before the word in it."""
    found: dict[str, list[tuple[str, int, str]]] = {}
    for name in sorted(names, key=len, reverse=True):
        if (first := _WORD.search(name)) is not None:
            found.setdefault(first[0].casefold(), []).append((name.casefold(), first.start(), names[name]))
    return found


def _end_of(name: str, text: str, begin: int) -> int:
    """Return where *name* ends that begins at *begin*; 0 where another word stands there."""
    end = begin + len(name)
    if text[begin:end].casefold() != name:
        return 0
    is_whole = not (name[-1].isalnum() and end < len(text) and (text[end].isalnum() or text[end] == "_"))
    return end if is_whole else 0


def _is_of_decimals(text: str, word: re.Match[str]) -> bool:
    """Tell whether digits are of a number with a point: a time, litres, a version."""
    before, behind = text[max(0, word.start() - 2) : word.start()], text[word.end() : word.end() + 2]
    return bool(re.fullmatch(r"\d\.", before) or re.fullmatch(r"\.\d", behind))


def _is_part(word: str) -> bool:
    return len(word) >= _SHORTEST_PART and not word.isdecimal()
