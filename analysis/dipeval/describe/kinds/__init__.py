"""Kinds of descriptions that a study may ask for, one a file; `describe.registry` lists them."""
