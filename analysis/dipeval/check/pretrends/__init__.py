"""What tests of trends before the reform can see, what passing them does, and which trends they exclude."""
