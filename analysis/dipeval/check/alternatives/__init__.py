"""The main effect under alternatives: rows of a forest, and what they say together."""
