"""Columns that the payment of a study adds to its discharges; its panel sums those of `PAYMENT_COLUMNS`."""

from __future__ import annotations

WEIGHED = ("case_weight", "grouped_case")
"""Of all stays, under one constant catalogue."""
MARKED = ("auxiliary_case", "low_ratio_case", "high_ratio_case", "loss_case")
AMOUNTS = ("settled_fund", "accounted_fund", "profit")
"""Of the stays of paid years."""
DESCRIBED = ("disease_type", "deviation_class", "cost_ratio")
"""What describes a settled case; what a city's own file says of type and class stands before what is computed."""
PAYMENT_COLUMNS = (*WEIGHED, *MARKED, *AMOUNTS)
