"""What a reform does to those whom it does not reach, and what that does to its own estimate."""
