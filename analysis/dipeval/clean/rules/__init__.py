"""Cleaning rules, one idea a file; `clean.registry` lists them in the order in which they apply."""
