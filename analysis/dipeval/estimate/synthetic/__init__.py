"""One or few treated units: weights that make others resemble them, and what follows from these weights."""
