"""`new city` finds each known format again in a file that has its headers."""

import csv
import io
import tomllib
from pathlib import Path

import pytest

from dipeval.pipeline.new_city import new_city
from dipeval.study import Source, parse_source
from dipeval.study.numbered import MOST

SOURCES = Path(__file__).resolve().parents[2] / "analysis" / "sources"
NAMES = sorted(place.stem for place in SOURCES.glob("*.toml"))
LIST = "synthetic_chunxi/settlements.csv"
FEW = 3
"""Of the items that stand up to forty times."""


def headers(source: Source) -> list[str]:
    """The first alias of each item, and what a long form has beside."""
    found = []
    for rule in source.columns.values():
        items = rule.items[:FEW] if len(rule.items) >= MOST else rule.items
        found += [item[0] for item in items]
    if source.long is not None:
        made = {f"{amount}_{item}" for amount in source.long.amounts for item in source.long.items}
        found = [header for header in found if header not in made]
        found += [source.long.item[0], *(aliases[0] for aliases in source.long.amounts.values())]
    return list(dict.fromkeys([*found, *source.identifiers[:1]]))


@pytest.mark.parametrize("name", NAMES)
def test_each_format_is_found(project, tmp_path, name):
    source = parse_source((SOURCES / f"{name}.toml").read_text(encoding="utf-8"), name, name)
    place = tmp_path / "a.csv"
    text = io.StringIO()
    written = headers(source)
    csv.writer(text).writerows([written, *[["-"] * len(written)] * 12])
    place.write_text(text.getvalue(), encoding="utf-8")
    told = new_city("demo", [place], root=project)
    draft = tomllib.loads((project / "analysis/cities/demo.toml").read_text(encoding="utf-8"))
    assert draft["city"]["source"] == name
    assert f"{name} knows {len(written)} of {len(written)} headers (100%)" in told


def test_a_list_of_charges(small_project, tmp_path):
    """One row a charge: hospitals, months and medians are those of settlements."""
    text = (small_project / "given" / LIST).read_text(encoding="utf-8-sig")
    header, *rows = list(csv.reader(io.StringIO(text)))[:301]
    charges = [k for k, name in enumerate(header) if name.startswith("amt_")]
    kept = [k for k in range(len(header)) if k not in charges]
    made = [[*(header[k] for k in kept), "med_chrgitm", "amt"]]
    for row in rows:
        made += [[*(row[j] for j in kept), header[k][4:], row[k]] for k in charges if row[k] not in ("", "0")]
    place = tmp_path / "list.csv"
    with place.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(made)
    told = new_city("demo", [place], root=small_project)
    draft = tomllib.loads((small_project / "analysis/cities/demo.toml").read_text(encoding="utf-8"))
    assert draft["city"]["source"] == "settlement_list_long"
    assert "rows of data        300" in told and "(names the charge)" in told
    assert "amt_09" in told and len(made) > 1500
