"""Designs and estimators of one reform side by side, each with what it estimates and what it assumes.

Not to be taken for cities side by side (``dipeval compare``): here the reform is one, and the designs differ.
"""

from dipeval.describe.side_by_side.comparing import Entry, SideBySide, compare
from dipeval.describe.side_by_side.variant import DesignVariant, variant_design

__all__ = ["DesignVariant", "Entry", "SideBySide", "compare", "variant_design"]
