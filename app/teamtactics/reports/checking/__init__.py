"""What the lines of a check are made of."""
