"""
Bring the catalogues of ``teamtactics.language`` to what the source says now.

    python tests/tools/catalogue.py

New texts are added without a translation, those that nobody says any more are dropped, what was translated stays; then
the binary catalogues are made. Prints what has no translation yet; exit code 1 if there is such.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

APP = Path(__file__).parents[2] / "app" / "teamtactics"
METHODS = [("**.py", "python"), ("**/templates/**", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "Said": None, "n_": (1, 2), "SaidOf": (1, 2), "gettext": None, "ngettext": (1, 2), "later": None}
PLURALS = "nplurals=2; plural=(n != 1);"
HEADER = f"""\
msgid ""
msgstr ""
"Project-Id-Version: teamtactics\\n"
"Language: {{language}}\\n"
"Plural-Forms: {PLURALS}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
OPTIONS = {"**/templates/**": {"encoding": "utf-8", "trimmed": "true"}}


def source_texts() -> Catalog:
    """Every text that the program marks for translation."""
    catalogue = Catalog(domain="teamtactics")
    for name, _line, message, comments, context in extract_from_dir(APP, METHODS, OPTIONS, KEYWORDS, ("translators:",)):
        catalogue.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return catalogue


def catalogues() -> list[Path]:
    return sorted((APP / "locale").glob("*/LC_MESSAGES/teamtactics.po"))


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def as_binary(catalogue: Catalog) -> bytes:
    # The header is what its own file says, without the dates that would be others each time.
    catalogue.mime_headers = [("Content-Type", "text/plain; charset=utf-8"), ("Plural-Forms", PLURALS)]
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    return [str(one.id) for one in catalogue if one.id and (one.fuzzy or not all(forms(one.string)))]


def forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (str(text or ""),)


def renew(path: Path, texts: Catalog) -> Catalog:
    catalogue = read(path)
    catalogue.update(texts, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with path.open("wb") as file:
        file.write(HEADER.format(language=path.parts[-3]).encode())
        write_po(file, catalogue, width=120, no_location=True, sort_output=True, omit_header=True)
    path.with_suffix(".mo").write_bytes(as_binary(catalogue))
    return catalogue


def main() -> int:
    texts, missing = source_texts(), 0
    for path in catalogues():
        lacking = untranslated(renew(path, texts))
        missing += len(lacking)
        for text in lacking:
            print(f"{path.parts[-3]}: {text!r}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
