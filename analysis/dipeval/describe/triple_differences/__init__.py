"""Triple differences as exhibits."""
