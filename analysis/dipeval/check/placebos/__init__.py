"""Reforms that never were: fake dates, fake pilot cities, dates dealt anew, outcomes that cannot change."""
