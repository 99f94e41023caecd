"""Hospitals made comparable before the difference in differences: matched, weighted, or balanced."""
