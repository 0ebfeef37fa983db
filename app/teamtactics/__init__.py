"""teamtactics: laps, fuel, stints and pit stops of an iRacing endurance team, in the team's own Google project."""

__version__ = "1.0.0"
