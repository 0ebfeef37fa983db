"""What the menu asks for."""
