"""Who is treated when, against whom, and which effects that can identify."""

from dipeval.design.cells import identified_cells
from dipeval.design.panel_design import PanelDesign, build_design

__all__ = ["PanelDesign", "build_design", "identified_cells"]
