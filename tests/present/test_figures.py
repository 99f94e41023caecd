"""Every figure in both languages: size, bytes, glyphs, and that nothing goes around the gate."""

import hashlib
import os
import re
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import matplotlib
import pytest

from dipeval.disclose import gate
from dipeval.errors import DataError
from dipeval.present import DRAWERS, draw
from dipeval.present.style import COLUMN_MM, PAGE_MM

FIGURES = [
    "event_monthly",
    "event_yearly",
    "event_every_estimator",
    "trends_monthly",
    "trends_yearly",
    "map_monthly",
    "map_yearly",
    "cost_bars",
    "cost_years",
    "cost_months",
]
WIDE = {"event_every_estimator", "trends_monthly", "cost_years", "cost_months"}


@pytest.fixture(scope="session")
def drawn(exhibits):
    """Every figure in both languages, drawn once."""
    return {
        (name, language): draw(gate(exhibits[name])[0], language)
        for name in FIGURES
        for language in ("en", "zh")
    }


def png_size(png: bytes) -> tuple[int, int]:
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_figures_have_the_width_of_a_column_or_a_page(drawn, name, language):
    width, height = png_size(drawn[name, language]["png"])
    expected = PAGE_MM if name in WIDE else COLUMN_MM
    assert abs(width - expected / 25.4 * 300) <= 1
    assert 200 < height < 1.3 * width
    points = float(re.search(rb'<svg[^>]* width="([\d.]+)pt"', drawn[name, language]["svg"]).group(1))
    assert points == pytest.approx(expected / 25.4 * 72, abs=0.01)


def test_every_kind_has_a_picture_here(exhibits):
    generic = {
        "bars",
        "forest",
        "matrix",
        "quadrant",
        "curves",
        "histogram",
        "small_multiples",
        "counterfactual",
        "composition_path",
        "placebo_density",
        "sensitivity",
        "specification_curve",
    }  # see test_generic_figures.py, test_counterfactual.py and the tests named after a figure
    assert {exhibits[name].kind for name in FIGURES} | generic == set(DRAWERS)


@pytest.mark.parametrize("name", FIGURES)
def test_no_clock_no_program_and_no_text_that_needs_a_font(drawn, name):
    made = drawn[name, "zh"]
    assert b"CreationDate" not in made["pdf"] and b"ModDate" not in made["pdf"]
    assert (
        b"Matplotlib" not in made["pdf"]
        and b"Software" not in made["png"]
        and b"<metadata" not in made["svg"]
    )
    assert (
        b"<text" not in made["svg"] and b"font-family" not in made["svg"] and b"<dc:date" not in made["svg"]
    )


@pytest.mark.parametrize("name", ["event_monthly", "cost_bars"])
def test_same_bytes_again_whatever_the_user_has_set(exhibits, drawn, name):
    mine = {
        "font.size": 30,
        "axes.facecolor": "red",
        "savefig.dpi": 50,
        "svg.fonttype": "none",
        "figure.dpi": 10,
    }
    with matplotlib.rc_context(mine):
        again = draw(gate(exhibits[name])[0], "zh")
        assert matplotlib.rcParams["font.size"] == 30
    assert again == drawn[name, "zh"]


def test_same_bytes_in_another_process(drawn):
    here = Path(__file__).resolve()
    code = (
        "import hashlib, importlib.util as u\n"
        f"s = u.spec_from_file_location('invented', {str(here.with_name('conftest.py'))!r})\n"
        "m = u.module_from_spec(s); s.loader.exec_module(m)\n"
        "from dipeval.disclose import gate\nfrom dipeval.present import draw\n"
        "made = draw(gate(m.demo_exhibits()['event_monthly'])[0], 'en')\n"
        "print([hashlib.sha256(made[k]).hexdigest() for k in sorted(made)])\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(here.parents[2] / "analysis")}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )

    made = drawn["event_monthly", "en"]
    assert ran.stdout.strip() == str([hashlib.sha256(made[k]).hexdigest() for k in sorted(made)])


def test_pdf_embeds_latin_as_truetype_and_chinese_outlines(drawn):
    assert (
        b"/FontFile2" in drawn["map_yearly", "en"]["pdf"]
        and b"/Type3" not in drawn["map_yearly", "en"]["pdf"]
    )
    assert b"/Type3" in drawn["map_yearly", "zh"]["pdf"]


def test_the_title_can_stand_in_the_caption_instead(exhibits, drawn):
    bare = draw(gate(exhibits["map_yearly"])[0], "en", title=False)
    assert png_size(bare["png"])[1] < png_size(drawn["map_yearly", "en"]["png"])[1]


def test_synthetic_data_are_marked_on_the_figure(exhibits):
    real = replace(exhibits["map_monthly"], synthetic=False)
    marked, plain = (draw(gate(e)[0], "en")["png"] for e in (exhibits["map_monthly"], real))
    assert png_size(marked)[1] > png_size(plain)[1]


def test_a_missing_glyph_is_an_error_that_names_it(exhibits):
    odd = replace(exhibits["map_yearly"], title_en="Reform \U00012000 \u0e01")
    with pytest.raises(DataError) as raised:
        draw(gate(odd)[0], "en")
    assert raised.value.problems[0].evidence == ("U+0E01", "U+12000")
    assert raised.value.problems[0].where == "adoption_map"


def test_only_what_has_passed_the_gate_is_drawn(exhibits):
    with pytest.raises(TypeError, match="gate"):
        draw(exhibits["map_yearly"])
    with pytest.raises(KeyError):
        draw(gate(exhibits["ledger"])[0])
    with pytest.raises(ValueError, match="language"):
        draw(gate(exhibits["map_yearly"])[0], "fr")


@pytest.mark.parametrize(
    "name", ["event_yearly", "trends_monthly", "trends_yearly", "cost_bars", "cost_years"]
)
def test_a_figure_of_which_all_is_held_back_is_still_a_figure(exhibits, name):
    made = exhibits[name]
    few = made.frame.assign(count=made.frame["count"].where(made.frame["count"].isna(), 3))
    released, withheld = gate(replace(made, frame=few))
    assert len(withheld) == len(few) - int(few["count"].isna().sum())
    assert draw(released, "en")["png"].startswith(b"\x89PNG")


def test_what_is_held_back_does_not_show(exhibits):
    made = exhibits["event_yearly"]
    frame = made.frame.copy()
    frame.loc[2, "count"] = 3.0
    other = frame.copy()
    other.loc[2, ["value", "conf_low", "conf_high"]] = [9.9, 9.0, 10.8]
    pictures = [draw(gate(replace(made, frame=f))[0], "en") for f in (frame, other)]
    assert pictures[0] == pictures[1]
    assert pictures[0] != draw(gate(made)[0], "en")
