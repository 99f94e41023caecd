"""Effects of groups of hospitals from one fit, with the influence that they share."""
