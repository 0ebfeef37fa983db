"""The tape: what the collector was given, tick by tick, kept so that it can be played again (``FORMAT.md``)."""
