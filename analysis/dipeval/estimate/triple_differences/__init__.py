"""Effects on those whom the reform reaches, against those in the same place whom it does not."""
