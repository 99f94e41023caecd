"""First floor: what the data of one city look like, counted by the engine; only small frames come out."""
