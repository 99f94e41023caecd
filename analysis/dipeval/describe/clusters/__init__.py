"""Clusters of cases and of hospitals as exhibits: drawn and fitted in arrays, assigned and described by the engine."""
