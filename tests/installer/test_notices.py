"""What is said of software of others: everything that goes into the program, with its licence, or no program."""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, PackageNotFoundError, PathDistribution
from pathlib import Path

import pytest

INSTALLER = Path(__file__).parents[2] / "installer"
sys.path.insert(0, str(INSTALLER))

import build
import notices

from teamtactics.settings import places

PYPROJECT = INSTALLER.parent / "pyproject.toml"


class Shelf:
    """Distributions made for a test: by name, what each needs and the files in its ``.dist-info``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.python = folder / "LICENSE.txt"
        self.python.write_text("PSF", encoding="utf-8")
        for name in notices.BUILT_IN:
            self.add(name)

    def add(self, name: str, *needs: str, files: tuple[str, ...] = ("licenses/LICENSE",), licence: str = "MIT") -> None:
        info = self._folder / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", f"License: {licence}"]
        text = "\n".join([*lines, *(f"Requires-Dist: {need}" for need in needs), ""])
        (info / "METADATA").write_text(text, encoding="utf-8")
        for file in files:
            (info / file).parent.mkdir(exist_ok=True)
            (info / file).write_text(f"\ufeffthe terms of {name} in {file} \r\nÜber\r\n", encoding="utf-8")
        record = "".join(f"{info.name}/{file},,\n" for file in ("METADATA", *files))
        (info / "RECORD").write_text(record, encoding="utf-8")

    def find(self, name: str) -> Distribution:
        info = self._folder / f"{name.replace('-', '_')}-1.0.dist-info"
        if not info.is_dir():
            raise PackageNotFoundError(name)
        return PathDistribution(info)

    def notices(self, *needed: str) -> str:
        return notices.notices(needed, self.python, self.find)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_all_that_is_needed_is_named_with_its_licence_word_by_word(shelf: Shelf) -> None:
    shelf.add("one", "two>=1", "three[more]; python_version >= '3.0'", "never; sys_platform == 'amiga'")
    shelf.add("two", "one", "for-tests; extra == 'test'")
    shelf.add("three", "four; extra == 'more'", files=("licenses/COPYING", "licenses/NOTICE", "licenses/x.py"))
    shelf.add("four", files=("LICENCE.md",))
    text = shelf.notices("one")
    head = text.split("=====")[0]
    for title in (
        "one 1.0: MIT",
        "two 1.0",
        "three 1.0",
        "four 1.0",
        "pyinstaller 1.0",
        f"Python {sys.version.split()[0]}",
    ):
        assert f"\n{title}" in head
    for terms in (
        "one in licenses/LICENSE",
        "three in licenses/COPYING",
        "three in licenses/NOTICE",
        "four in LICENCE.md",
    ):
        assert f"the terms of {terms}\nÜber\n" in text
    assert "\nPSF\n" in text
    for other in ("for-tests", "never", "x.py", "\ufeff", "\r"):
        assert other not in text


def test_one_text_is_printed_once_for_all_that_it_is_of(shelf: Shelf) -> None:
    shelf.add("one", "two")
    shelf.add("two")
    (Path(str(shelf.find("two").locate_file("two-1.0.dist-info/licenses/LICENSE")))).write_text(
        "the terms of one in licenses/LICENSE\nÜber\n", encoding="utf-8"
    )
    text = shelf.notices("one")
    assert text.count("the terms of one") == 1
    assert "\none 1.0, two 1.0\n" in text


def test_what_has_no_licence_with_it_makes_no_program(shelf: Shelf) -> None:
    shelf.add("one", "two", "three")
    shelf.add("two", files=())
    shelf.add("three", files=("RECORDS", "licenses/empty"))
    with pytest.raises(notices.LicenceMissing, match=r"two 1\.0"):
        shelf.notices("one")
    with pytest.raises(notices.LicenceMissing, match=r"three 1\.0"):
        shelf.notices("three")
    with pytest.raises(notices.LicenceMissing, match="absent is needed and not installed"):
        shelf.notices("absent>=2")
    shelf.python.unlink()
    with pytest.raises(notices.LicenceMissing, match="Python"):
        shelf.notices()


def test_a_build_whose_notices_cannot_be_written_fails_before_anything_is_made(tmp_path: Path) -> None:
    failing = tmp_path / "notices.py"
    failing.write_text("import sys; sys.exit('no licence is installed with: x')", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "NOTICES", failing)
        patch.setattr(build, "SPEC", tmp_path / "no.spec")
        with pytest.raises(build.BuildFailed, match="no licence is installed with: x"):
            build.freeze(tmp_path / "dist", None, one_file=False)


def test_the_notices_of_what_is_installed_here(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(notices, "BUILT_IN", ())  # who tests has no need of PyInstaller
    assert notices.main() == 0
    text = capsysbinary.readouterr().out.decode("utf-8")
    for requirement in notices.dependencies(PYPROJECT):
        named = notices.Requirement(requirement)
        if named.marker is None or named.marker.evaluate():
            assert f"\n{named.name} ".casefold() in text.casefold(), "a dependency is not named"
    for terms in ("GNU LESSER GENERAL PUBLIC LICENSE", "Apache License", "PYTHON SOFTWARE FOUNDATION LICENSE"):
        assert terms in text
    monkeypatch.setattr(notices, "BUILT_IN", ("never-installed",))
    assert notices.main() == 1
    said = capsysbinary.readouterr()
    assert (said.out, said.err) == (b"", b"never-installed is needed and not installed\n")


def test_the_program_knows_where_they_are_and_the_sources_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert places.NOTICES_NAME == notices.NAME == build.THIRD_PARTY
    assert places.third_party_notices() is None
    beside, within = tmp_path / "beside" / notices.NAME, tmp_path / "within" / notices.NAME
    for path in (beside, within):
        path.parent.mkdir()
        path.write_text("")
    monkeypatch.setattr(sys, "executable", str(beside.parent / "teamtactics.exe"))
    assert places.third_party_notices() is None, "a Python with a file of that name beside it is none"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert places.third_party_notices() == beside
    beside.unlink()
    assert places.third_party_notices() is None
    monkeypatch.setattr(sys, "_MEIPASS", str(within.parent), raising=False)
    assert places.third_party_notices() == within


def test_installer_and_uninstaller_know_of_them() -> None:
    script = (INSTALLER / "teamtactics.nsi").read_text(encoding="utf-8")
    assert f'Delete "$INSTDIR\\{notices.NAME}"' in script
    assert "TEAMTACTICS_NOTICES" in (INSTALLER / "teamtactics.spec").read_text(encoding="utf-8")
