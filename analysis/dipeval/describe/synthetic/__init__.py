"""Synthetic controls of a study as pictures and tables: paths, weights, placebos in space."""
