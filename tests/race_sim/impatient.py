"""
A race through the real app, whose simulator waits for nobody: what is not read in time is gone.

    python tests/race_sim/impatient.py solo /tmp/folder 15

Prints as JSON how many ticks were missed, and what is known by the store at the end. No clouds: this is about the disk.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from race_sim.named_scripts import script_named
from teamtactics.demo.play import ScriptSource
from teamtactics.demo.script import Script
from teamtactics.model.frame import Frame
from teamtactics.reports.known_laps import known_laps
from teamtactics.service.app import App
from teamtactics.settings.load import load_settings

PATIENCE_S = 0.35
"""Real seconds that a tick can be read; less than one slow fsync. In the simulator it is 0.05 s, at its own pace."""
WRITE_LIMIT_S = 90.0


class Impatient(ScriptSource):
    """A simulator in scripted time, ``speed`` times as fast as life."""

    def __init__(self, script: Script, speed: float) -> None:
        super().__init__(script, script.members[0].customer_id, speed, key="live", batch=10_000)
        self._keeps = round(PATIENCE_S * 60.0 * speed)

    def read(self, timeout_s: float) -> Sequence[Frame]:
        for _ in range(self._due_now() - self._keeps):
            assert self._ticks is not None
            if next(self._ticks, None) is None:
                break
            self._read_ticks += 1
            self.missed_ticks += 1
        return super().read(min(timeout_s, 0.02))


def play(script: Script, folder: Path, speed: float) -> dict[str, Any]:
    """Record *script* into a store in *folder*; return what came of it."""
    ini = folder / "teamtactics.ini"
    ini.write_text("[global]\ndataDir = data\nlogfile = irtactics.log\n")
    source = Impatient(script, speed)
    app = App(load_settings(ini, folder, {}, sys.platform), source)
    backlog = [0]
    app.start()
    deadline_s = time.monotonic() + WRITE_LIMIT_S
    # The race may end before the disk's trouble does: the writer is given the time to say that all is well again.
    while (app.is_collecting or app.writer.need() is not None) and time.monotonic() < deadline_s:
        app.supervise()
        backlog.append(app.writer.backlog)
        app.wait(0.05)
    need = app.writer.need()
    sessions = list(reversed(app.outbox.sessions()))
    found = {
        "missed": source.missed_ticks,
        "read": app.collector.frames,
        "most_waiting": max(backlog),
        "left": app.writer.backlog,
        "need": need,
        "laps": {one.collection: known_laps(app.outbox, one) for one in sessions},
        "messages": {one.collection: [m.type for m in app.outbox.messages(one.id)] for one in sessions},
    }
    app.close()
    return found


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    name, where, how_fast = sys.argv[1:4]
    print(json.dumps(play(script_named(name), Path(where), float(how_fast)), default=datetime.isoformat))
