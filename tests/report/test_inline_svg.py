"""Figures inside a page."""

import pytest

from dipeval.report.inline import inline_svg

SVG = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="252.28pt" height="83pt" viewBox="0 0 252 83"
 xmlns="http://www.w3.org/2000/svg" version="1.1">
 <defs><style type="text/css">*{stroke-linejoin: round}</style><path id="g1" d="M 0 0"/></defs>
 <g clip-path="url(#p1)"><use xlink:href="#g1" x="1"/></g>
 <clipPath id="p1"><rect/></clipPath>
</svg>
"""


def test_names_get_a_prefix_and_the_prolog_goes():
    made = inline_svg(SVG, "a-en-", 'T "quoted" <x>')
    assert made.startswith("<svg ") and made.endswith("</svg>")
    assert 'id="a-en-g1"' in made and 'xlink:href="#a-en-g1"' in made
    assert "url(#a-en-p1)" in made and 'id="a-en-p1"' in made
    assert "<style" not in made and "DOCTYPE" not in made
    assert 'viewBox="0 0 252 83"' in made and 'class="figure column"' in made
    assert 'aria-label="T &quot;quoted&quot; &lt;x&gt;"' in made


def test_wide_pictures_are_told_apart():
    assert 'class="figure wide"' in inline_svg(SVG.replace("252.28pt", "518.7pt"), "", "")


@pytest.mark.parametrize("text", ["", "<svg>", '<svg width="3pt">'])
def test_what_is_no_figure_is_refused(text):
    with pytest.raises(ValueError, match="not an SVG"):
        inline_svg(text, "", "")
