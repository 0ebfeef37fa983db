"""What stands in the settings window, and what of it goes into the ini; without any window."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from teamtactics.atomic_file import replace_file
from teamtactics.language import LANGUAGES, SYSTEM, _, local
from teamtactics.settings.credentials import CredentialsProblem
from teamtactics.settings.edit import with_value, without_value
from teamtactics.settings.first_ini import shipped_ini
from teamtactics.settings.ini import decode_ini, parse_ini, visible
from teamtactics.settings.places import is_there, literal
from teamtactics.settings.team_file import Handout, keep_key, read_handout
from teamtactics.settings.values import read_customer_id, read_topic

_KEY, _TOPIC, _NUMBER, _LANGUAGE = "googleAccessToken", "messageTopic", "iracingId", "language"


@dataclass(frozen=True, slots=True)
class Fields:
    """
    The fields of the window, as text.

    Attributes:
        key_file: Relative to the ini's folder, as in the ini; of a key file, or a ``team.json`` not yet taken over.

        language: ``SYSTEM``, or one of ``LANGUAGES``.

        autostart: None where there is no such thing.
    """

    key_file: str = ""
    topic: str = ""
    iracing_id: str = ""
    language: str = SYSTEM
    autostart: bool | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """
    What is to be changed in the ini.

    Attributes:
        values: Key → value; None takes it out.

        handout: The file whose key is to be kept beside the ini; ``values`` does not name it yet.

        mistakes: A sentence each; where there is one nothing is to be written.
    """

    values: Mapping[str, str | None] = field(default_factory=dict)
    handout: Handout | None = None
    mistakes: tuple[str, ...] = ()


def read_ini(ini: Path) -> bytes:
    """
    Return what is in *ini*, the shipped one where there is none.

    Raises:
        OSError: It cannot be read.
    """
    return ini.read_bytes() if is_there(ini) else shipped_ini()


def fields_of(raw: bytes, autostart: bool | None = None) -> Fields:
    """Fill the window from an ini."""
    entries = parse_ini(decode_ini(raw), "").entries
    values = {name: entries[name.lower()].value for name in (_KEY, _TOPIC, _NUMBER) if name.lower() in entries}
    entry = entries.get(_LANGUAGE)
    language = SYSTEM if entry is None or entry.value.lower() not in LANGUAGES else entry.value.lower()
    return Fields(values.get(_KEY, ""), values.get(_TOPIC, ""), values.get(_NUMBER, ""), language, autostart)


def tidy(text: str) -> str:
    """Take off what is pasted along: blanks, quotes around a path, characters that cannot be seen."""
    return visible(text).strip(' \t\r\n"')


def path_of(text: str) -> Path:
    """Read the name of a file as people paste it: with ``~``, or as the address a file manager copies."""
    name = tidy(text)
    if name.startswith("file://"):
        name = unquote(urlsplit(name).path)
    return Path(os.path.expanduser(name))  # noqa: PTH111  # Path's own raises where there is no home


def answers_of(fields: Fields, former: Fields, folder: Path) -> Answers:
    """
    Compare the window with what it began with; what nobody touched is not judged.

    Args:
        folder: The ini's.
    """
    values: dict[str, str | None] = {}
    mistakes: list[str] = []
    handout: Handout | None = None
    if fields.key_file != former.key_file:
        if fields.key_file:
            found = read_handout(folder / path_of(fields.key_file))
            if isinstance(found, CredentialsProblem):
                mistakes.append(local(found.text))
            else:
                handout = found
        else:
            values[_KEY] = None
    for name, text, before, rule, wrong in (
        (_TOPIC, fields.topic, former.topic, read_topic, _no_topic),
        (_NUMBER, fields.iracing_id, former.iracing_id, read_customer_id, _no_number),
    ):
        if text != before:
            try:
                values[name] = str(rule(text)) if text else None
            except ValueError:
                mistakes.append(wrong())
    if fields.language != former.language:
        values[_LANGUAGE] = None if fields.language == SYSTEM else fields.language
    return Answers(values, handout, tuple(mistakes))


def write(ini: Path, answers: Answers) -> None:
    """
    Put *answers* into *ini*, which is made where there is none, and the key beside it.

    Raises:
        OSError: The folder cannot be written.

        ValueError: A value cannot stand in this file (``UnicodeError``: in its encoding).
    """
    ini.parent.mkdir(parents=True, exist_ok=True)
    values = dict(answers.values)
    raw = _changed(read_ini(ini), values)
    if answers.handout is not None:
        # Tried first with the name alone: a key that no ini names would only lie about.
        values[_KEY] = literal(keep_key(answers.handout, ini.parent))
        raw = _changed(raw, values)
    replace_file(ini, raw)


@contextmanager
def trial(ini: Path, answers: Answers) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """
    Give an ini that says what *ini* would say with *answers*, beside it for as long as the block lasts; and what in
    texts about it stands for what.

    Raises:
        OSError: The folder cannot be written.

        ValueError: As ``write``.
    """
    ini.parent.mkdir(parents=True, exist_ok=True)
    tried = ini.with_name(f"{ini.name}.test")
    values, names = dict(answers.values), {str(tried.absolute()): str(ini)}
    with tempfile.TemporaryDirectory(prefix="teamtactics-") as folder:  # its owner's alone
        handout = answers.handout
        if handout is not None:
            kept = Path(folder) / keep_key(handout, Path(folder))
            values[_KEY] = literal(str(kept))
            names[str(kept)] = str(handout.account.path)
        # Who closes the window does not wait for a test that runs; the folder above has such an end of its own.
        leave_nothing = atexit.register(lambda: tried.unlink(missing_ok=True))
        try:
            replace_file(tried, _changed(read_ini(ini), values))
            yield tried, names
        finally:
            leave_nothing()
            atexit.unregister(leave_nothing)


def _changed(raw: bytes, values: Mapping[str, str | None]) -> bytes:
    for key, value in values.items():
        raw = without_value(raw, key) if value is None else with_value(raw, key, value)
    return raw


def _no_topic() -> str:
    return _(
        "This cannot be a topic. Allowed are 3 to 255 letters, digits and - . _ ~ + %, a letter first; or the full "
        "path projects/<project>/topics/<topic>. Your team's admin knows it."
    )


def _no_number() -> str:
    return _(
        "An iRacing number has digits only; your iRacing account page shows it. It may stay empty: the simulator knows "
        "who you are."
    )
