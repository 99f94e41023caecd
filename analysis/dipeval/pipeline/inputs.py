"""What was read: facts of the raw files, for the manifest and for `check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..store.raw import RawTable


def inputs_of(raw: RawTable, warnings: tuple[str, ...]) -> dict[str, object]:
    """Facts of the raw files and warnings of the cleaning, for the manifest."""
    files = [{"path": f.path, "sha256": f.sha256, "bytes": f.bytes, "rows": f.rows} for f in raw.files]
    return {"files": files, "warnings": list(warnings)}
