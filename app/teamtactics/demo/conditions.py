"""Weather, incidents and in-car settings of the scripted race: they change some way into a lap, never near the line."""

from __future__ import annotations

from random import Random

from teamtactics.demo.world import World

PART = 0.3
"""Of the lap's time: whoever sees the car a second late then sees the line under the same sky."""

DRY, DECLARED_FROM = 1, 4
"""``TrackWetness``: dry, and from where on the race director calls it wet."""


def change(world: World) -> None:
    """Let this lap bring what it brings; the same lap of the same script always brings the same."""
    chance = Random(f"{world.script.seed}:{world.session_num}:conditions{world.lap}")
    world.air_temp = round(world.air_temp + chance.choice((-0.25, 0.0, 0.25)), 2)
    world.track_wetness = min(7, max(DRY, world.track_wetness + chance.choice((-1, 0, 0, 1, 1))))
    world.weather_declared_wet = world.track_wetness >= DECLARED_FROM
    world.team_incidents += chance.choice((0, 0, 0, 1, 2, 4))
    settings = dict(world.in_car)
    settings["dcBrakeBias"] = settings["dcBrakeBias"] + chance.choice((-0.5, 0.5))
    settings["dcTractionControl"] = float(chance.randint(1, 10))
    settings["dcTractionControlToggle"] = chance.random() < 0.8
    world.in_car = tuple(sorted(settings.items()))
