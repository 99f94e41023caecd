"""Diagnoses in an older version of the code list, and codes that were written wrongly on the way.

Put in only where a city declares its versions; the crosswalk between them is invented, like the old codes.
"""

from __future__ import annotations

import datetime
import re

from ...schema.periods import last_day
from ...study.references import CodeVersions
from .catalogue import faults
from .scene import Injection, Scene
from .sheet import Change

KIND, COLUMN, OLD_CODES = "diagnosis", "principal_diagnosis", "old_codes"
HEAD = "kind,from_version,from_code,to_version,to_code,preferred,note"
UNKNOWN, INVALID = "Z99.900x998", "无编码"
ZEROS = re.compile(r"[A-Z]\d\d\.\d*[1-9]0+")
"""A code whose final zeros a spreadsheet eats, with some digit left behind the point."""


def older(code: str) -> str:
    """An invented older code: A09.900 → A09.900x900, E11.200x001 → E11.200x901."""
    stem, mark, own = code.rpartition("x")
    return f"{stem}x9{own[1:]}" if mark and len(own) == 3 else f"{code}x900"


def versions_of(scene: Scene) -> CodeVersions | None:
    """The declared versions of diagnoses: an older one, until some period, and that of today."""
    return scene.city.code_versions.get(KIND)


def is_old(scene: Scene, row: int) -> bool:
    """Whether a stay was coded in the older version."""
    change = change_of(scene)
    return change is not None and scene.sheet.facts["discharge_date"][row] <= change


def change_of(scene: Scene) -> datetime.date | None:
    """The last day of the older version; None where the city declares no two."""
    versions = versions_of(scene)
    two = versions is not None and len(versions.eras) > 1
    return last_day(versions.eras[0].until) if two else None


def old_codes(scene: Scene, rows: list[int]) -> list[int]:
    """Write the diagnoses of the first era in the older version; these lie under any other fault."""
    versions = versions_of(scene)
    if versions is None or COLUMN not in scene.sheet.facts:
        return []
    codes = scene.sheet.facts[COLUMN]
    for row in rows:
        era = versions.eras[0] if is_old(scene, row) else versions.eras[-1]
        scene.sheet.right(row, "code_version", f"{KIND} {era.version}")
        if era is versions.eras[0]:
            scene.sheet.right(row, COLUMN, codes[row])
            codes[row] = older(codes[row])
            scene.sheet.overlays[row] = (OLD_CODES, faults()[OLD_CODES].rule, COLUMN)
    return rows


def crosswalk_text(versions: CodeVersions, codes: set[str]) -> str:
    """The crosswalk from the older version, as CSV."""
    since, until = versions.eras[0].version, versions.target
    rows = [f"{KIND},{since},{older(code)},{until},{code},,invented" for code in sorted(codes)]
    return "\n".join([HEAD, *rows, ""])


def _unmapped(scene: Scene, row: int) -> None:
    scene.sheet.facts[COLUMN][row] = UNKNOWN
    scene.sheet.right(row, COLUMN, UNKNOWN)
    scene.sheet.overlays.pop(row)
    scene.mark(row, UNKNOWN)


def _invalid(scene: Scene, row: int) -> None:
    scene.sheet.facts[COLUMN][row] = INVALID
    scene.mark(row, COLUMN)


def _is_new(scene: Scene, row: int) -> bool:
    return versions_of(scene) is not None and not is_old(scene, row)


def _written(mend: str, change: Change, pattern: str = "") -> Injection:
    def put(scene: Scene, row: int) -> None:
        """Write the code as something on the way left it."""
        scene.sheet.write(row, COLUMN, change)
        scene.mark(row, COLUMN)

    def ready(scene: Scene, row: int) -> bool:
        """Where the city declares that this has happened, and the code shows it."""
        versions = versions_of(scene)
        fits = not pattern or re.fullmatch(pattern, scene.sheet.facts[COLUMN][row])
        return versions is not None and mend in versions.mend and bool(fits)

    return Injection(put, ready)


INJECTIONS = {
    "code_unmapped": Injection(_unmapped, is_old),
    "code_invalid": Injection(_invalid, _is_new),
    "point_lost": _written("dot", lambda plain: plain.replace(".", "")),
    "zeros_eaten": _written("zeros", lambda plain: plain.rstrip("0"), ZEROS.pattern),
    "code_in_other_case": _written("case", str.swapcase),
    "code_with_dagger": _written("suffix", lambda plain: f"{plain}+"),
}
