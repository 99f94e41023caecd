"""``python -m dipeval.cli``: the command without its script."""

from . import main

main()
