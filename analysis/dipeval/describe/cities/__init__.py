"""Cities side by side: indicators with intervals, ranks with their uncertainty, case-mix indices."""
