"""
Changes one rule after the other and runs the quick tests on each: a change that no test notices is a rule without one.

    python tests/tools/mutate.py --count 300 --jobs 2
    python tests/tools/mutate.py --only race/eyes/watch.py --count 40

Prints every change that survived, and the score by kind. Ends with 1 when more than 5 % survive, or one that is not in
``survivors.toml``, where each has the reason why no test can, or has to, notice it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import Any

if __name__ == "__main__":  # started as a script, not imported by a test
    sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.mutants import KINDS, Mutant, mutants_of

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "app" / "teamtactics"
ROOMS = ("race", "contract")
QUICK = ("race", "contract", "model", "e2e/test_situations.py", "e2e/test_captures.py")
"""The tests that are run; of these what is not marked as slow."""
MOST_SURVIVING = 0.05
REASONS = Path(__file__).with_name("survivors.toml")
_LONGEST_TEST_S = 60
_LONGEST_RUN_S = 600.0
_NEAREST = 4  # so many test modules are asked about a change that is made at an import before all others are
_FAILED = (1, 2)
"""What pytest ends with when a test failed, and when a module cannot even be imported."""


@dataclass(frozen=True)
class Quick:
    """
    The quick tests on the source as it is.

    Attributes:
        took: By test id, in seconds.

        ran: By module and line, the ids of those that ran it.
    """

    took: dict[str, float]
    ran: dict[str, dict[str, list[str]]]

    def noticing(self, mutant: Mutant) -> list[str]:
        """
        Return who can notice it; what is done at import concerns everyone.

        Those first that run little else: they were written for these lines.
        """
        lines = self.ran.get(mutant.path, {})
        here = set(lines.get(str(mutant.line), ()))
        if not mutant.is_at_import:
            return sorted(here, key=self._place)
        near = {test for tests in lines.values() for test in tests}
        return sorted(self.took, key=lambda test: (test not in near, self._place(test)))

    def _place(self, test: str) -> tuple[int, float]:
        return self._much[test], self.took[test]

    @cached_property
    def _much(self) -> Counter[str]:
        """How many lines each test runs."""
        return Counter(test for lines in self.ran.values() for tests in lines.values() for test in tests)

    def within(self, tests: Sequence[str], budget_s: float) -> list[str]:
        """Return those of *tests* for which there is time, the first of them first."""
        found = []
        for test in tests:
            if self.took[test] <= budget_s:
                found.append(test)
                budget_s -= self.took[test]
        return found


def quick_tests(lines: Path) -> Quick:
    """
    Run them once and note in *lines* who runs which line, unless it is there already.

    Raises:
        SystemExit: One of them fails as it is.
    """
    if not lines.exists():
        done = _pytest([str(TESTS / each) for each in QUICK], {"MUTATED_LINES": str(lines)})
        if done.returncode != 0:
            lines.unlink(missing_ok=True)
            raise SystemExit(f"the quick tests fail as they are:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    found: dict[str, Any] = json.loads(lines.read_text("utf-8"))
    return Quick(**found)


class Noticing:
    """
    Asks the quick tests about one change after the other.

    Threads: of one thread.
    """

    def __init__(self, quick: Quick, folder: Path, within_s: float | None = None) -> None:
        """
        Args:
            within_s: For how long tests are run at most with one change; None: all that can notice it.
        """
        self._quick, self._folder, self._within_s = quick, folder, within_s
        self._noticed: dict[str, Counter[str]] = {}
        """By module and test: whoever noticed a change nearby is asked first about the next."""
        asks_from, self._asks_to = os.pipe()
        tells_from, tells_to = os.pipe()
        environment = {"MUTATED_BY_FORK": "1", "FORKED_ASKS": str(asks_from), "FORKED_TELLS": str(tells_to)}
        self._process = subprocess.Popen(
            _command(["-p", "tools.forked", *(str(TESTS / each) for each in QUICK)]),
            env=_told(environment),
            cwd=TESTS.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(asks_from, tells_to),
        )
        os.close(asks_from)
        os.close(tells_to)
        self._tells = os.fdopen(tells_from)
        self.ids: list[str] = json.loads(self._tells.readline())

    def close(self) -> None:
        """End the process that collected the tests."""
        os.close(self._asks_to)
        self._tells.close()
        self._process.wait()

    def noticed_by(self, mutant: Mutant) -> str:
        """Return the test that fails with it; empty: none does."""
        noticed = self._noticed.setdefault(mutant.path, Counter())
        able = self._quick.noticing(mutant)
        if self._within_s is not None:
            able = self._quick.within(able, self._within_s)
        tests = sorted(able, key=lambda test: -noticed[test])
        if not tests:
            return ""
        with tempfile.TemporaryDirectory(dir=self._folder) as place:
            source = Path(place) / Path(mutant.path).name
            source.write_text(mutant.source, "utf-8")
            test = None if mutant.is_at_import else self._asked(mutant, source, tests)
            if test is None:
                test = _noticed_at_import(mutant, source, tests)
        if test:
            noticed[test] += 1
        return test

    def _asked(self, mutant: Mutant, source: Path, tests: list[str]) -> str | None:
        asked = {"file": str(PACKAGE / mutant.path), "source": str(source), "tests": tests, "place": str(source.parent)}
        os.write(self._asks_to, json.dumps(asked).encode() + b"\n")
        told = self._tells.readline()
        if not told:
            raise SystemExit(f"{mutant.name}: the process that collected the tests has ended")
        test: str | None = json.loads(told)["noticed_by"]
        return test


def _noticed_at_import(mutant: Mutant, source: Path, tests: list[str]) -> str:
    """Ask the nearest modules first: some drive a whole race when they are collected, slowly with a bad change."""
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    parts = filter(None, (files[:_NEAREST], files[_NEAREST:]))
    told = (_noticed_in(mutant, source, [test for test in tests if test.partition("::")[0] in some]) for some in parts)
    return next(filter(None, told), "")


def _noticed_in(mutant: Mutant, source: Path, tests: list[str]) -> str:
    chosen = source.with_name("tests")
    chosen.write_text("\n".join(tests), "utf-8")
    files = sorted({test.partition("::")[0] for test in tests})
    name = ".".join(("teamtactics", *Path(mutant.path).with_suffix("").parts)).removesuffix(".__init__")
    environment = {"MUTATED_MODULE": name, "MUTATED_SOURCE": str(source), "MUTATED_TESTS": str(chosen)}
    done = _pytest([str(TESTS.parent / file) for file in files], environment)
    # Its own plugins may import the module as well: then it does not even start.
    if done.returncode not in (0, *_FAILED) and str(source) not in done.stdout + done.stderr:
        raise SystemExit(
            f"{mutant.name}: pytest ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-1000:]}"
        )
    if done.returncode == 0:
        return ""
    failed = (
        line.removeprefix("FAILED ").partition(" - ")[0] for line in done.stdout.splitlines() if "FAILED " in line
    )
    return next(failed, "it cannot be imported, or stands still")


def _command(arguments: list[str]) -> list[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not slow and not emulator"]
    command += ["-p", "tools.mutated", "-p", "no:cacheprovider", "--timeout", str(_LONGEST_TEST_S), "--no-header"]
    return [*command, "--hypothesis-seed=1", "-W", "ignore", *arguments]


def _told(environment: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **environment, "PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1"}


def _pytest(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = _command(arguments)
    try:
        return subprocess.run(
            command,
            env=_told(environment),
            cwd=TESTS.parent,
            capture_output=True,
            text=True,
            timeout=_LONGEST_RUN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, _FAILED[0], "it stands still", "")


def chosen(mutants: Iterable[Mutant], count: int, seed: int) -> list[Mutant]:
    """Choose *count* of them at random, of each kind as many as there are of the others, as far as there are."""
    chance = random.Random(seed)
    by_kind: dict[str, list[Mutant]] = {kind: [] for kind in KINDS}
    for mutant in mutants:
        by_kind[mutant.kind].append(mutant)
    for each in by_kind.values():
        chance.shuffle(each)
    found: list[Mutant] = []
    while len(found) < count and any(by_kind.values()):
        found += [each.pop() for each in by_kind.values() if each][: count - len(found)]
    return sorted(found, key=lambda mutant: (mutant.path, mutant.line, mutant.change))


def main() -> int:
    """Run it; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="modules whose path begins so, relative to the package")
    parser.add_argument("--within", type=float, help="s of tests for each change: a look that says too many survive")
    parser.add_argument("--lines", type=Path, help="who runs which line: written there, or read when it is there")
    asked = parser.parse_args()
    reasons: dict[str, str] = tomllib.loads(REASONS.read_text("utf-8"))
    paths = sorted(path for room in ROOMS for path in (PACKAGE / room).rglob("*.py"))
    everything = [
        mutant for path in paths for mutant in mutants_of(PACKAGE, path) if mutant.path.startswith(asked.only)
    ]
    mutants = chosen(everything, asked.count, asked.seed)
    tried, survived, unexplained = Counter[str](), Counter[str](), 0
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(asked.jobs) as pool:
        quick = quick_tests(asked.lines or Path(place) / "lines.json")
        print(
            f"{len(quick.took)} quick tests, {len(mutants)} of {len(everything)} mutants, seed {asked.seed}", flush=True
        )
        free = SimpleQueue[Noticing]()
        for _ in range(asked.jobs):
            free.put(Noticing(quick, Path(place), asked.within))

        def noticed_by(mutant: Mutant) -> str:
            noticing = free.get()
            try:
                return noticing.noticed_by(mutant)
            finally:
                free.put(noticing)

        for mutant, test in zip(mutants, pool.map(noticed_by, mutants), strict=True):
            tried[mutant.kind] += 1
            if test:
                continue
            survived[mutant.kind] += 1
            reason = reasons.get(mutant.name)
            unexplained += reason is None
            print(
                f"{mutant.kind:10} line {mutant.line:3} {mutant.name}" + (f"  [{reason}]" if reason else ""), flush=True
            )
        for _ in range(asked.jobs):
            free.get().close()
    for kind in KINDS:
        print(f"{kind:10} {survived[kind]:3} of {tried[kind]:3} survived")
    share = survived.total() / max(1, tried.total())
    print(
        f"all        {survived.total():3} of {tried.total():3} survived, {share:.1%}; without a reason: {unexplained}"
    )
    return int(share > MOST_SURVIVING or unexplained > 0)


if __name__ == "__main__":
    sys.exit(main())
