"""Places that tests share."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference values and real data; tests that need them skip where the folder does not exist."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with reference values and real data is not beside this clone")
    return SHARED
