"""What stands on the page of a session: pure, from its documents to texts and places; the template only draws."""
