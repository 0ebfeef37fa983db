"""A store that is not as it was written: found out, moved out of the way, and what is whole in it saved."""
