"""A small synthetic study whose raw files tests may spoil."""

import re
from pathlib import Path

CITIES = ("synthetic_anlan", "synthetic_chunxi", "synthetic_dongpu", "synthetic_mulan")


def small_study(text: str, discharges: int = 6000) -> str:
    """The embedded study cut down to four cities, one outcome and one language."""
    listed = ", ".join(f'"{name}"' for name in CITIES)
    for pattern, new in (
        (r'name = "synthetic"', 'name = "small"'),
        (r"cities = \[[^\]]*\]", f"cities = [{listed}]"),
        (r"discharges = \d+", f"discharges = {discharges}"),
        (r"hospitals = \d+", "hospitals = 20"),
        (r"names = \[[^\]]*\]", 'names = ["mean_log_total_cost"]'),
        (r"\n\[families\.(?s:.*)", ""),
        (r'languages = \["en", "zh"\]', 'languages = ["en"]'),
    ):
        text, count = re.subn(pattern, new, text, count=1)
        assert count == 1, pattern
    return text


def write_small_study(project: Path, discharges: int = 6000) -> Path:
    """Put the small study into a project."""
    folder = project / "analysis/studies"
    text = small_study((folder / "synthetic.toml").read_text(encoding="utf-8"), discharges)
    (folder / "small.toml").write_text(text, encoding="utf-8")
    return project
