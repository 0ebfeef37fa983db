"""Things several test rooms build on."""
