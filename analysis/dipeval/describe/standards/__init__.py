"""Means that are made comparable by the types of cases: directly and indirectly standardised."""
