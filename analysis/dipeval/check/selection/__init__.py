"""Who is observed: entry and exit, case mix, complete panels, and bounds where the reform moved selection."""
