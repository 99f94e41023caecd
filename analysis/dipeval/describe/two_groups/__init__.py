"""Two groups of cases compared: before and after, one treatment and another."""
