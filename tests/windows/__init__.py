"""The Windows bench: Wine, Windows CPython, a screen with a tray, from Debian and PyPI packages alone."""
