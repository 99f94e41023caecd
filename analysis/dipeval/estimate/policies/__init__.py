"""Effects of the reform and of policies that came at the same time, each alone and together."""
