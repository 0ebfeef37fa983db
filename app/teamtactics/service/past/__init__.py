"""What is done with sessions that are over."""
