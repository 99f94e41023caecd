"""Effects on a composition: the parts of cost as levels, shares and log-ratios under one design."""
