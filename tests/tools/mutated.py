"""
A plugin of pytest for one run of the quick tests: with another source for one module, or to learn who runs which line.

Environment:
    MUTATED_MODULE, MUTATED_SOURCE: The module's dotted name, and the file that is run in its place.

    MUTATED_TESTS: A file of test ids; these alone are run, in this order.

    MUTATED_LINES: A file that is written at the end: the tests, how long each took, and what each ran.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
from collections import defaultdict
from collections.abc import Generator, Sequence
from pathlib import Path
from types import ModuleType

import coverage
import hypothesis
import pytest


class _Other(importlib.abc.MetaPathFinder):
    """Finds the one module elsewhere; everything else is found as ever."""

    def __init__(self, name: str, file: str) -> None:
        self._name, self._file = name, file

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        is_package = [str(path)] if self._file.endswith("__init__.py") else None
        return importlib.util.spec_from_file_location(fullname, self._file, submodule_search_locations=is_package)


class _Lines:
    """Who runs which line."""

    def __init__(self, file: Path, package: Path) -> None:
        self._file, self._package = file, package
        self._took: dict[str, float] = {}
        self._coverage = coverage.Coverage(data_file=None, include=[f"{package}/*"], config_file=False)

    def pytest_sessionstart(self) -> None:
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._coverage.switch_context(item.nodeid)
        result = yield
        self._coverage.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.passed:
            self._took[report.nodeid] = self._took.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self) -> None:
        self._coverage.stop()
        data = self._coverage.get_data()
        ran: dict[str, dict[int, list[str]]] = defaultdict(dict)
        for name in data.measured_files():
            path = Path(name).relative_to(self._package).as_posix()
            ran[path] = {line: [one for one in who if one] for line, who in data.contexts_by_lineno(name).items()}
        self._file.write_text(json.dumps({"took": self._took, "ran": ran}), "utf-8")


class _Chosen:
    """Only some of the tests, those first that are likely to notice."""

    def __init__(self, ids: list[str]) -> None:
        self._place = {one: number for number, one in enumerate(ids)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._place), key=lambda item: self._place[item.nodeid]
        )


def pytest_sessionstart() -> None:
    """An example that fails is enough: neither make it small nor keep it for the next change."""
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("once", deadline=None, database=None, phases=phases)
    hypothesis.settings.load_profile("once")


def pytest_configure(config: pytest.Config) -> None:
    """Do what the environment asks for."""
    if "MUTATED_TESTS" in os.environ:
        ids = Path(os.environ["MUTATED_TESTS"]).read_text("utf-8").splitlines()
        config.pluginmanager.register(_Chosen(ids))
    if "MUTATED_LINES" in os.environ:
        package = Path(__file__).parents[2] / "app" / "teamtactics"
        config.pluginmanager.register(_Lines(Path(os.environ["MUTATED_LINES"]), package))


if "MUTATED_MODULE" in os.environ:
    sys.meta_path.insert(0, _Other(os.environ["MUTATED_MODULE"], os.environ["MUTATED_SOURCE"]))
