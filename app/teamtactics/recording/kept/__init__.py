"""What the recorder holds of a session, and by what it knows it again."""
