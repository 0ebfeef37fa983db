"""A report of a problem: what a developer needs to see it again, with other names and numbers for people."""
