"""What a reform does to the whole distribution of an outcome of cases, from counts of values by class."""
