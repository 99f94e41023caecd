"""Effects of the reform and of concurrent policies as exhibits."""
