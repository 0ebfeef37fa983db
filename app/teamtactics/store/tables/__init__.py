"""The tables of the outbox file, each with what is read from it and written to it."""
