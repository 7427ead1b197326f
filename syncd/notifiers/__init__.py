"""Ways to tell people: one room each, built from its own settings."""
