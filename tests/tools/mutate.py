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
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
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
_LONGEST_TEST_S = 30
_LONGEST_RUN_S = 600.0
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
        """Return who can notice it, the quickest first; what is done at import concerns everyone."""
        lines = self.ran.get(mutant.path, {})
        here = set(lines.get(str(mutant.line), ()))
        if not mutant.is_at_import:
            return sorted(here, key=self.took.__getitem__)
        near = {test for tests in lines.values() for test in tests}
        return sorted(self.took, key=lambda test: (test not in near, self.took[test]))


def quick_tests(folder: Path) -> Quick:
    """
    Run them once and note who runs which line.

    Raises:
        SystemExit: One of them fails as it is.
    """
    lines = folder / "lines.json"
    done = _pytest([str(TESTS / each) for each in QUICK], {"MUTATED_LINES": str(lines)})
    if done.returncode != 0:
        raise SystemExit(f"the quick tests fail as they are:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    found: dict[str, Any] = json.loads(lines.read_text("utf-8"))
    return Quick(**found)


def is_noticed(mutant: Mutant, quick: Quick, folder: Path) -> bool:
    """Say whether a test fails with it."""
    tests = quick.noticing(mutant)
    if not tests:
        return False
    with tempfile.TemporaryDirectory(dir=folder) as place:
        source = Path(place) / Path(mutant.path).name
        source.write_text(mutant.source, "utf-8")
        chosen = Path(place) / "tests"
        chosen.write_text("\n".join(tests), "utf-8")
        files = sorted({test.partition("::")[0] for test in tests})
        name = ".".join(("teamtactics", *Path(mutant.path).with_suffix("").parts)).removesuffix(".__init__")
        environment = {"MUTATED_MODULE": name, "MUTATED_SOURCE": str(source), "MUTATED_TESTS": str(chosen)}
        done = _pytest([str(TESTS.parent / file) for file in files], environment)
    if done.returncode not in (0, *_FAILED):
        raise SystemExit(
            f"{mutant.name}: pytest ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-1000:]}"
        )
    return done.returncode in _FAILED


def _pytest(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not slow and not emulator"]
    command += ["-p", "tools.mutated", "-p", "no:cacheprovider", "--timeout", str(_LONGEST_TEST_S), "--no-header"]
    command += ["--hypothesis-seed=1", "-W", "ignore", *arguments]
    told = {**os.environ, **environment, "PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(
            command, env=told, cwd=TESTS.parent, capture_output=True, text=True, timeout=_LONGEST_RUN_S, check=False
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
    asked = parser.parse_args()
    reasons: dict[str, str] = tomllib.loads(REASONS.read_text("utf-8"))
    paths = sorted(path for room in ROOMS for path in (PACKAGE / room).rglob("*.py"))
    everything = [
        mutant for path in paths for mutant in mutants_of(PACKAGE, path) if mutant.path.startswith(asked.only)
    ]
    mutants = chosen(everything, asked.count, asked.seed)
    tried, survived, unexplained = Counter[str](), Counter[str](), 0
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(asked.jobs) as pool:
        quick = quick_tests(Path(place))
        print(
            f"{len(quick.took)} quick tests, {len(mutants)} of {len(everything)} mutants, seed {asked.seed}", flush=True
        )
        noticed = pool.map(lambda mutant: is_noticed(mutant, quick, Path(place)), mutants)
        for mutant, is_killed in zip(mutants, noticed, strict=True):
            tried[mutant.kind] += 1
            if is_killed:
                continue
            survived[mutant.kind] += 1
            reason = reasons.get(mutant.name)
            unexplained += reason is None
            print(
                f"{mutant.kind:10} line {mutant.line:3} {mutant.name}" + (f"  [{reason}]" if reason else ""), flush=True
            )
    for kind in KINDS:
        print(f"{kind:10} {survived[kind]:3} of {tried[kind]:3} survived")
    share = survived.total() / max(1, tried.total())
    print(
        f"all        {survived.total():3} of {tried.total():3} survived, {share:.1%}; without a reason: {unexplained}"
    )
    return int(share > MOST_SURVIVING or unexplained > 0)


if __name__ == "__main__":
    sys.exit(main())
