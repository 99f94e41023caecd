"""Portraits: invented cases of a city or hospital that carry figures as they were printed, told as data."""

from .model import ColumnTold, Group, Portrait
from .reading import parse_portrait

__all__ = ["ColumnTold", "Group", "Portrait", "parse_portrait"]
