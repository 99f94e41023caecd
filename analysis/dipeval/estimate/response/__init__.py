"""Models for what cost, stay and volume are: amounts above zero, counts, and zeros, with two-way effects."""
