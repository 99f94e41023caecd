"""Columns that the payment of a study adds to its discharges, all of them summed in its panel."""

from __future__ import annotations

WEIGHED = ("case_weight", "grouped_case")
"""Of all stays, under one constant catalogue."""
MARKED = ("auxiliary_case", "low_ratio_case", "high_ratio_case")
AMOUNTS = ("settled_fund", "accounted_fund")
"""Of the stays of paid years."""
PAYMENT_COLUMNS = (*WEIGHED, *MARKED, *AMOUNTS)
