"""The manifest: what every file was made of, without clock, machine or user."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from dipeval.report.page import Page, Shown


def manifest(page: Page) -> dict[str, object]:
    """Describe a study's results for ``manifest.json``.

    Parameters
    ----------
    page : Page

    Returns
    -------
    dict
        ``study``, ``code``, ``environment``, ``engines``, ``inputs``, ``inference`` (method, draws, seed and
        degrees of freedom of each estimate) and ``exhibits``; each exhibit with its kind, the disclosure
        rules it passed, how many rows were held back, the fingerprint of all that it was made of, and the
        SHA-256 and size of its files. Plain values only.
    """
    return {
        "study": {"name": page.study, "sha256": page.study_sha256, "synthetic": page.synthetic},
        "code": {"sha256": page.code_sha256},
        "environment": dict(sorted(page.environment.items())),
        "engines": list(page.engines),
        "inputs": [dict(entry) for entry in page.inputs],
        "inference": [dict(entry) for entry in page.inferences],
        "warnings": list(page.warnings),
        "withheld": len(page.withheld),
        "exhibits": [_exhibit(page, one) for one in page.shown],
    }


def _exhibit(page: Page, one: Shown) -> dict[str, object]:
    rules = one.released.rules
    files = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in sorted(one.files.items())
    }
    return {
        "name": one.exhibit.name,
        "kind": one.exhibit.kind,
        "made_from": made_from(page, one),
        "disclosure": {"minimum_cell": rules.minimum_cell, "dominance": rules.dominance}
        | ({"rounding_base": rules.rounding_base} if rules.rounding_base > 1 else {}),
        "rows": len(one.exhibit.frame),
        "rows_withheld": int(one.exhibit.frame["suppressed"].sum()),
        "files": files,
    }


def made_from(page: Page, one: Shown) -> str:
    """One fingerprint over inputs, study, code, environment and the exhibit's name and kind."""
    inputs = {str(entry["path"]): str(entry["sha256"]) for entry in page.inputs}
    made: Mapping[str, object] = {
        "inputs": inputs,
        "study": page.study_sha256,
        "code": page.code_sha256,
        "environment": dict(page.environment),
        "exhibit": [one.exhibit.name, one.exhibit.kind],
    }
    return hashlib.sha256(json.dumps(made, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()
