"""How the effect of the reform differs between hospitals, cities and intensities."""
