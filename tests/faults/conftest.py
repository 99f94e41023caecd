"""Makes the proof importable by its name; test folders are no packages."""

import importlib.util
import sys
from pathlib import Path

PROOF = "proof_of_cleaning"

if PROOF not in sys.modules:
    spec = importlib.util.spec_from_file_location(PROOF, Path(__file__).parent / f"{PROOF}.py")
    sys.modules[PROOF] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[PROOF])
