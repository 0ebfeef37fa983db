"""Modules of a package without the package: what ``import google.cloud.firestore_v1`` costs, nobody here calls."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from importlib.util import find_spec, module_from_spec


@contextlib.contextmanager
def unopened(*packages: str) -> Iterator[None]:
    """
    Let imports in the block find the modules of *packages* without running the packages' own ``__init__``.

    Those of Google's clients load every service, each one a second time for asyncio, and with them sign-in, HTTP and
    telemetry: 25 MB, of which only the messages are used. In the block a package is an empty module that knows its
    folder; after it the name is free again, so that whoever imports the package itself gets all of it. One that is
    loaded already stays as it is.

    Args:
        packages: Full names, an outer package before an inner one.

    Raises:
        ModuleNotFoundError: There is no such package (any more).

    Threads:
        One at a time; no other may import the same packages meanwhile.
    """
    empty = {}
    try:
        for name in packages:
            if name not in sys.modules:
                spec = find_spec(name)
                if spec is None or spec.submodule_search_locations is None:
                    raise ModuleNotFoundError(f"{name} is no package", name=name)
                empty[name] = sys.modules[name] = module_from_spec(spec)
        yield
    finally:
        for name, module in empty.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
