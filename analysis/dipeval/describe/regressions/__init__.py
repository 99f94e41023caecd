"""Regressions of single cases on categorical covariates, from the sums of cells."""
