"""
A plugin of pytest that collects the quick tests once and then runs some of them for one change after the other.

Each change has a process of its own, forked from the one that collected: it puts the changed code into the functions
that are there, so nothing has to be imported again. What a module does at its import cannot be changed so.

Environment:
    MUTATED_BY_FORK: Set, when this is wanted.

    FORKED_ASKS, FORKED_TELLS: The numbers of two pipes, a line of JSON for each change. Asked is ``file``, the module;
        ``source``, a file with its changed text; ``tests``, their ids in order; ``place``, a folder. Told is
        ``noticed_by``: the test that failed; empty: none; null: the change can only be made at an import. The first
        line that is told are the ids of all tests.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

_LONGEST_RUN_S = 900.0
_LOOKS_EVERY_S = 0.01
_CANNOT = 3
"""How the child ends when the change can only be made at an import."""


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run tests as the programme asks, in place of all of them once."""
    if "MUTATED_BY_FORK" not in os.environ:
        return None
    items = {item.nodeid: item for item in session.items}
    functions = [each for each in gc.get_objects() if isinstance(each, FunctionType)]
    gc.freeze()
    with open(int(os.environ["FORKED_ASKS"])) as asks, open(int(os.environ["FORKED_TELLS"]), "w") as tells:  # noqa: PTH123
        print(json.dumps([*items]), file=tells, flush=True)
        for line in asks:
            asked = json.loads(line)
            print(json.dumps({"noticed_by": _noticed_by(session, items, functions, asked)}), file=tells, flush=True)
    return True


def _noticed_by(
    session: pytest.Session, items: dict[str, pytest.Item], functions: list[FunctionType], asked: dict[str, Any]
) -> str | None:
    said = Path(asked["place"]) / "noticed_by"
    said.write_text("", "utf-8")
    child = os.fork()
    if child == 0:
        try:
            changed = Path(asked["source"]).read_text("utf-8")
            is_whole = put_in_place(functions, asked["file"], changed)
            os.environ["PYTEST_DEBUG_TEMPROOT"] = asked["place"]
            os._exit(_run(session, [items[one] for one in asked["tests"]], said) if is_whole else _CANNOT)
        finally:
            os._exit(1)
    ended = _ended(child)
    if ended == _CANNOT:
        return None
    noticed_by = said.read_text("utf-8")
    return noticed_by or ("" if ended == 0 else f"it ends with {ended}")


def _ended(child: int) -> int:
    """Wait for it; what goes on for ever is ended, and that is noticed too."""
    until_s = time.monotonic() + _LONGEST_RUN_S
    while time.monotonic() < until_s:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(_LOOKS_EVERY_S)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(session: pytest.Session, items: Sequence[pytest.Item], said: Path) -> int:
    """Run *items* up to the first that fails; returns the exit code."""
    for item, following in pairwise([*items, None]):
        assert item is not None
        said.write_text(item.nodeid, "utf-8")
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return 1
    said.write_text("", "utf-8")
    return 0


def put_in_place(functions: Iterable[FunctionType], file: str, source: str) -> bool:
    """
    Give those of *functions* that are of the module at *file* the code that *source* has for them.

    Returns:
        Whether that is the whole change: the functions alone differ, and each of them could take it.
    """
    changed: dict[tuple[str, int], list[CodeType]] = {}
    for code in _codes(compile(source, file, "exec", dont_inherit=True)):
        changed.setdefault((code.co_qualname, code.co_firstlineno), []).append(code)
    is_one = False
    for function in functions:
        if function.__code__.co_filename != file:
            continue
        now = changed.get((function.__code__.co_qualname, function.__code__.co_firstlineno), [])
        if len(now) != 1 or now[0].co_freevars != function.__code__.co_freevars:
            return False
        code = now[0]
        is_one = is_one or code != function.__code__
        function.__code__ = code
    return is_one


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)
