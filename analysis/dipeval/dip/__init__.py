"""How DIP pays: catalogue, grouping, weights, scores, points and settlement.

Rows of discharges stay in the engine as lazy expressions; catalogues, budgets and settlements are small
tables. Everything that a regulation fixes (scores, coefficients, amounts) is an exact integer.
"""
