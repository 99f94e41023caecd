"""Sixth floor: the page and the manifest of a study."""

from .index import index_html
from .page import Page, Shown
from .provenance import manifest

__all__ = ["Page", "Shown", "index_html", "manifest"]
