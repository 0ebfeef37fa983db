"""In a scripted race everybody who gets in is told what the one before had, as it stood when he got out."""

from __future__ import annotations

from race_sim.in_process import play
from teamtactics.demo.engine import ticks
from teamtactics.demo.play import default_script
from teamtactics.model.frame import InCar
from teamtactics.model.records import PutBack
from teamtactics.model.words import put_back_text, put_back_title
from teamtactics.race.put_back import others


def test_each_driver_change_is_told_to_who_gets_in_and_to_nobody_else() -> None:
    script = default_script(laps=12)
    said = [(member, text) for member, text in play(script)[0].remarks if text.startswith("Put back")]
    changes = 0
    driver, had = None, None
    wanted: list[tuple[int, str]] = []
    names = {member.customer_id: member.name for member in script.members}
    for world in ticks(script):
        if world.driver is None:
            continue
        if driver is not None and had is not None and world.driver != driver:
            changes += 1
            wanted += expected(world.driver, names[driver], had, script.car.in_car)
        driver, had = world.driver, world.in_car
    assert changes == 1
    assert said == wanted != []


def expected(member: int, before: str, had: InCar, own: InCar) -> list[tuple[int, str]]:
    """He finds the car as the script sets it for whoever gets in, and turns nothing for ten seconds."""
    settings = others(had, own)
    found = PutBack(0.0, before, 0.0, settings)
    return [(member, f"{put_back_title(found)}: {put_back_text(found)}")] if settings else []
