"""All checks of a study together: verdicts, one forest, and the text of a methods section."""
