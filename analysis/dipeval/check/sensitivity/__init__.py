"""What an event study still shows if trends were not parallel: Rambachan & Roth (2023)."""
