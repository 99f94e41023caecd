"""Descriptions of single cases: compositions, rates, distributions, concentration, flows, chronic disease.

The engine groups and adds up integers by place in the table and hospital; Python sees these sums only.
"""
