"""First floor: look at files that nobody has declared, and draft what a person then confirms."""
