"""Interrupted time series: one series, or one beside a control, whose level and slope may change at a reform."""
