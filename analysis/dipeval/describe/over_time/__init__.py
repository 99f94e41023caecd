"""Descriptions of a panel over time: trends and growth of whole groups."""
