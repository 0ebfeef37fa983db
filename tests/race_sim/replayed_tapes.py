"""The tapes that the clients of a race have left, played into a collection that is empty."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from e2e.client import Client, until
from race_sim.outcome import Documents
from support.firestore_reader import FirestoreReader
from teamtactics.contract.documents import PIT_MOMENTS
from teamtactics.race.record.same import GAP_S, LEVEL, TIME_S

PROGRAM = Path(__file__).with_name("hasty_product.py")
_STARTED = "data in "
_WITHIN = {
    "Gap": GAP_S,
    **dict.fromkeys(("LapTimeMeasured", "SessionTime", *(f"{name}Time" for name in PIT_MOMENTS)), TIME_S),
}
_SETTLE_LIMIT_S = 40.0
_QUIET_S = 3.0
"""What is the same for so long stays so: the clients have come up, and had time to add a word."""
_OWED_QUIET_S = 8.0
"""What differs, and does not change for so long, is not going to be the same."""
_REPLAY_LIMIT_S = 120.0


def tapes(folder: Path) -> dict[str, Sequence[Path]]:
    """Return the tapes of each client of the race in *folder*, the oldest first."""
    found = {path.name: sorted(path.glob("data/tapes/*.tape")) for path in sorted(folder.iterdir()) if path.is_dir()}
    return {name: paths for name, paths in found.items() if paths}


def replayed(folder: Path, order: Sequence[str], live: Documents, firestore: str) -> Documents:
    """
    Play the tapes of the clients of the race in *folder*, of one after the other, into an empty project.

    Then all of them are started once more before a still image, for they may owe one another something; read is what
    stands there when it is as in *live*, or does not change any more.

    Raises:
        AssertionError: A replay did not come to its end.
    """
    project, reels = f"tapes-{uuid.uuid4().hex[:12]}", tapes(folder)
    reader = FirestoreReader(firestore, project)
    with ExitStack() as stack:
        clients = [_client(folder, name, project, firestore) for name in order]
        for name, client in zip(order, clients, strict=True):
            stack.callback(client.kill)
            for tape in reels[name]:
                code, output = client.run("replay", "--yes", str(tape), timeout_s=_REPLAY_LIMIT_S)
                assert code == 0, f"replay of {tape} ended with {code}:\n{output}\n{client.log()}"
        before = [client.log().count(_STARTED) for client in clients]
        for client in clients:
            client.start("run", "--headless")
        for client, count in zip(clients, before, strict=True):
            until(lambda client=client, count=count: client.log().count(_STARTED) > count, 30.0, client.log)  # type: ignore[misc]
        found = _settled(reader, live)
        for client in clients:
            code, output = client.stop()
            assert code == 0, f"{client.folder} ended with {code}:\n{output}"
    return found


def differences(live: Documents, again: Documents) -> list[str]:
    """
    Compare document by document.

    Left out are ``Updated``, which is the server's, and the documents ``member …``: who was there, by the wall clock;
    the documents ``part …``: who has to add a word depends on who told first, and the laps hold what came of it. Of
    ``Utc`` only whether it is known is compared: these races run a hundred times faster than the clocks of the PCs,
    and whose clock it is read from, and at which tick, depends on who tells first. So do hundredths that are worth no
    write to the product (``race.record.same``): of those of its own limits.
    """
    found: list[str] = []
    for collection in sorted(live.keys() | again.keys()):
        one, other = (_compared(each.get(collection, {})) for each in (live, again))
        for doc_id in sorted(one.keys() | other.keys()):
            was, now = one.get(doc_id), other.get(doc_id)
            if was is None or now is None:
                found.append(
                    f"{collection} {doc_id!r}: {'only from the tapes' if was is None else 'not from the tapes'}"
                )
                continue
            found += [
                f"{collection} {doc_id!r}: {name} was {was.get(name)!r}, is {now.get(name)!r}"
                for name in sorted(was.keys() | now.keys())
                if not _is_near(name, was.get(name), now.get(name))
            ]
    return found


def _is_near(name: str, was: object, now: object) -> bool:
    if isinstance(was, float) and isinstance(now, float):
        return abs(was - now) <= _WITHIN.get(name, LEVEL)
    return was == now


def _compared(documents: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        doc_id: {
            name: value is not None if name == "Utc" else value for name, value in document.items() if name != "Updated"
        }
        for doc_id, document in documents.items()
        if not doc_id.startswith(("member ", "part "))
    }


def _client(folder: Path, name: str, project: str, firestore: str) -> Client:
    settings = {"simulate": str(folder / f"{name}.dump"), "tape": "off"}
    client = Client(folder.with_name(f"{folder.name}-{project}") / name, settings, firestore)
    client.program = (sys.executable, str(PROGRAM))
    client.environment["GOOGLE_CLOUD_PROJECT"] = project
    return client


def _settled(reader: FirestoreReader, live: Documents) -> Documents:
    deadline_s = time.monotonic() + _SETTLE_LIMIT_S
    found, found_at_s = _read(reader, live), time.monotonic()
    while time.monotonic() < deadline_s:
        quiet_s = _OWED_QUIET_S if differences(live, found) else _QUIET_S
        if time.monotonic() - found_at_s > quiet_s:
            break
        time.sleep(0.1)
        if (now := _read(reader, live)) != found:
            found, found_at_s = now, time.monotonic()
    return found


def _read(reader: FirestoreReader, live: Documents) -> Documents:
    return {collection: reader.documents(collection) for collection in live}
