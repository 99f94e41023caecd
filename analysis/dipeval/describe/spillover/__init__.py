"""Spillover of a reform on those whom it does not reach: exhibits."""
