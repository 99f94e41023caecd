"""The house style: one place for sizes, colours and line widths.

Sizes are those of a two-column journal page. Colours are Okabe & Ito's eight, which readers with
any of the common colour deficiencies can tell apart (Wong 2011, Nat Methods 8:441).
"""

from __future__ import annotations

COLUMN_MM = 89.0
PAGE_MM = 183.0
MARGIN_MM = 1.2
PNG_DPI = 300

TITLE_PT = 8.0
TEXT_PT = 7.0
SMALL_PT = 6.2
LINE_MM = 3.1
"""Height of a line of text at `TEXT_PT`."""

INK = "#1a1a1a"
SOFT = "#5f5f5f"
RULE = "#9a9a9a"
FAINT = "#dcdcdc"
BACKGROUND = "#c9c9c9"
PAPER = "#ffffff"

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
ORANGE = "#E69F00"
SKY = "#56B4E9"
PURPLE = "#CC79A7"
YELLOW = "#F0E442"
GREY = "#7a7a7a"

SERIES = (BLUE, VERMILION, GREEN, PURPLE)
"""Lines with labels of their colour, in order of use: those that can be read on paper."""
FILLS = (BLUE, SKY, GREEN, ORANGE, PURPLE, VERMILION, YELLOW, "#332288", "#88CCEE", "#661100")
"""Areas, in order of use."""
STATES = {
    "not_yet": "#cfe0ec",
    "partly": "#7fb3d5",
    "treated": BLUE,
    "left": "#d9b38c",
    "never": "#e6e6e6",
    "no_data": PAPER,
}

MATPLOTLIB: dict[str, object] = {
    "font.size": TEXT_PT,
    "axes.titlesize": TEXT_PT,
    "axes.labelsize": TEXT_PT,
    "xtick.labelsize": TEXT_PT,
    "ytick.labelsize": TEXT_PT,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2.2,
    "ytick.major.size": 2.2,
    "xtick.major.pad": 2.0,
    "ytick.major.pad": 2.0,
    "lines.solid_capstyle": "butt",
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "text.hinting": "no_hinting",
    "text.parse_math": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "dipeval",
    "path.simplify": False,
    "hatch.linewidth": 0.4,
}
