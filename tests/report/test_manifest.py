"""The manifest: complete, plain, without clock, machine or user."""

import getpass
import hashlib
import json
import re
import socket

from dipeval.report import Page, manifest


def test_every_file_has_its_checksum(page):
    made = {entry["name"]: entry for entry in manifest(page)["exhibits"]}
    assert list(made) == [one.exhibit.name for one in page.shown]
    for one in page.shown:
        files = made[one.exhibit.name]["files"]
        assert set(files) == set(one.files)
        for name, content in one.files.items():
            assert files[name] == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def test_inputs_study_code_and_environment(page):
    made = manifest(page)
    assert made["inputs"][0] == {
        "path": "anlan/discharges.csv",
        "sha256": "a" * 64,
        "bytes": 1234567,
        "rows": 34567,
    }
    assert made["study"] == {"name": "demo", "sha256": "c" * 64, "synthetic": True}
    assert made["code"] == {"sha256": "d" * 64} and list(made["environment"]) == ["numpy", "python"]
    assert made["exhibits"][0]["disclosure"] == {"minimum_cell": 10, "dominance": 0.85}
    assert made["withheld"] == 1 and made["warnings"] == list(page.warnings)


def test_it_is_plain_and_knows_no_clock_machine_or_user(page):
    text = json.dumps(manifest(page), allow_nan=False, ensure_ascii=False)
    assert not re.search(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text)
    assert socket.gethostname() not in text and f"/{getpass.getuser()}/" not in text and '"/' not in text
    assert text == json.dumps(manifest(page), allow_nan=False, ensure_ascii=False)


def test_what_an_exhibit_was_made_of_changes_with_every_ingredient(facts):
    def fingerprint(**changed):
        return manifest(Page(**{**facts, **changed}))["exhibits"][0]["made_from"]

    same = fingerprint()
    inputs = ({**facts["inputs"][0], "sha256": "e" * 64}, *facts["inputs"][1:])
    changes = [
        {"inputs": inputs},
        {"study_sha256": "f" * 64},
        {"code_sha256": "f" * 64},
        {"environment": {"python": "3.12"}},
        {"shown": facts["shown"][1:]},
    ]
    assert len({same, *(fingerprint(**change) for change in changes)}) == 6
    assert fingerprint(title_en="another") == same
