"""The zip package of an office document (ECMA-376, part 2): the same parts give the same bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_STORED, ZipFile, ZipInfo

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
FIRST_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip file knows: no clock in any byte."""
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_CORE = "application/vnd.openxmlformats-package.core-properties+xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"


def office_package(main: str, parts: Mapping[str, tuple[str, str]], title: str, language: str) -> bytes:
    """Zip the parts of a document.

    Parameters
    ----------
    main : str
        Path of the part that a program opens first, for example ``word/document.xml``.
    parts : mapping of str to (str, str)
        Path to (content type, XML without its first line), the parts that `main` refers to after it.
    title, language : str
        For the document's properties, which hold no date and no author.

    Returns
    -------
    bytes
        Not compressed: compression differs between versions of its library, and tables are small.
    """
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{xml_text(title)}</dc:title>'
        f"<dc:language>{language}</dc:language></cp:coreProperties>"
    )
    folder, _, name = main.rpartition("/")
    others = [path for path in parts if path != main]
    top = relations([(f"{_OFFICE}/officeDocument", main), (_PACKAGE, "docProps/core.xml")])
    below = relations([(f"{_OFFICE}/{_role(path)}", path.removeprefix(f"{folder}/")) for path in others])
    types = {path: kind for path, (kind, _) in parts.items()} | {"docProps/core.xml": _CORE}
    files = {"[Content_Types].xml": _content_types(types), "_rels/.rels": top, "docProps/core.xml": core}
    files[f"{folder}/_rels/{name}.rels"] = below
    files |= {path: content for path, (_, content) in parts.items()}
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_STORED) as package:
        for path, content in files.items():
            entry = ZipInfo(path, FIRST_DATE)
            entry.create_system, entry.external_attr = 0, 0  # not the system that it was written on
            package.writestr(entry, (HEAD + content).encode("utf-8"))
    return stream.getvalue()


def relations(targets: list[tuple[str, str]]) -> str:
    """A list of relationships, numbered ``rId1`` and so on."""
    lines = [
        f'<Relationship Id="rId{i}" Type="{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, start=1)
    ]
    return f'<Relationships xmlns="{_RELATIONS}">{"".join(lines)}</Relationships>'


def xml_text(text: str) -> str:
    """Text that stands in XML as itself; characters that XML cannot hold are left out."""
    return escape(_FORBIDDEN.sub("", text))


def xml_attribute(text: str) -> str:
    """The same, in quotes."""
    return quoteattr(_FORBIDDEN.sub("", text))


def _role(path: str) -> str:
    """The kind of relationship that a part has, which its folder or file is named for."""
    folder, _, name = path.rpartition("/")
    return "worksheet" if folder.endswith("worksheets") else name.removesuffix(".xml")


def _content_types(types: Mapping[str, str]) -> str:
    lines = [f'<Override PartName="/{path}" ContentType="{kind}"/>' for path, kind in types.items()]
    return (
        f'<Types xmlns="{_TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{"".join(lines)}</Types>'
    )
