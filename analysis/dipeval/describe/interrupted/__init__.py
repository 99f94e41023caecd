"""Interrupted series of a study: which series, which dates, and what is shown of them."""
