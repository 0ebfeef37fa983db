"""
One client of a race, as a process of its own: all of the product, reading its image in step with the world.

    python tests/race_sim/client_process.py --config client/teamtactics.ini --address race.sock --name 400001

It composes what ``teamtactics run --headless`` composes; only the source's *waiting* is another (see ``lockstep``). At
its orderly end it leaves ``counted.json`` beside its ini: how many operations it asked of the servers.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parents[1]))

from race_sim.lockstep import LockstepSource
from teamtactics.cli.startup import begin_log, open_outbox, read_settings
from teamtactics.runtime.app import App


def main() -> int:
    parser = argparse.ArgumentParser(description="A client that keeps step with a scripted race.")
    parser.add_argument("--config", required=True, type=Path)
    parser.add_argument("--address", required=True, type=Path, help="the world's socket")
    parser.add_argument("--name", required=True, help="what the world calls this client")
    chosen = parser.parse_args()
    settings = read_settings(chosen.config)
    if settings.simulate is None:
        parser.error("the ini names no image to simulate")
    control = begin_log(settings, console=False)
    try:
        source = LockstepSource(settings.simulate, chosen.address, chosen.name)
        app = App(settings, source, outbox=open_outbox(settings))

        def end(_number: int, _frame: FrameType | None) -> None:
            source.feed.release()
            app.stop()

        signal.signal(signal.SIGTERM, end)
        app.start()
        try:
            while not app.wait():
                app.supervise()
        finally:
            sinks = {courier.status.name: courier._sink for courier in app.couriers}
            app.close()
            chosen.config.with_name("counted.json").write_text(json.dumps(counted(sinks)))
    finally:
        control.close()
    return 0


def counted(sinks: Mapping[str, object]) -> dict[str, int]:
    """Say how many operations each sink has asked for; one that had nothing to deliver was never made."""
    names = ("reads", "writes", "published")
    return {
        f"{sink}.{name}": getattr(made, name) for sink, made in sinks.items() for name in names if hasattr(made, name)
    }


if __name__ == "__main__":
    raise SystemExit(main())
