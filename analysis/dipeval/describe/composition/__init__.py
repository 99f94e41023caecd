"""Effects on a composition as exhibits: one picture, and tables of routes, log-ratios and zeros."""
