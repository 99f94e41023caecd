"""Which cases, hospitals and cities are alike: partitions of arrays, how many groups there are, and how firm they stand.

Plain functions on arrays. Rows are put into an order of their own before anything is fitted, everything runs on one
thread and every draw has an explicit seed, so labels depend on neither the order of the rows nor the machine.
"""
