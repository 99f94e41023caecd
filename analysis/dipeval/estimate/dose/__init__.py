"""Effects of a reform that is stronger in some hospitals than in others."""
