"""The main effect without cities, cohorts, periods or hospitals, and with the reform's window drawn otherwise."""
