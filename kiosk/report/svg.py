"""Matplotlib's SVG -> SVG for a page: no styles that a strict policy refuses, no fonts of its own, a title and a text.

Pure. The text is the browser's to draw, in the page's fonts: the file needs none, and Chinese is not boxes.
"""

import re
from typing import Final
from xml.etree import ElementTree

_SVG: Final = "http://www.w3.org/2000/svg"
_LINK: Final = "{http://www.w3.org/1999/xlink}href"
_NUMBER: Final = re.compile(r"-?\d+\.\d+(?![\w%])")
_REFERENCE: Final = re.compile(r"url\(#([\w-]+)\)")
# No XML may have these; a history from before exercise files were refused for them may.
_UNPRINTABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DROPPED: Final = frozenset({f"{{{_SVG}}}metadata", f"{{{_SVG}}}style"})
_ROUNDED: Final = frozenset({"d", "x", "y", "width", "height", "transform", "points"})

# Matplotlib writes its own font and what browsers take anyway.
_PLAIN: Final = frozenset({"font-family", "font-style", "font-variant", "font-stretch", "stroke-miterlimit"})
_DEFAULTS: Final = frozenset({("stroke-linecap", "butt"), ("opacity", "1"), ("font-weight", "400")})


def page_svg(text: str, name: str, title: str, description: str) -> str:
    """Return the SVG with every style as an attribute, ids that begin with `name`, and what a screen reader says."""
    root = ElementTree.fromstring(_UNPRINTABLE.sub("", text))
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in _DROPPED:
                parent.remove(child)
    for element in root.iter():
        _settle(element, name)
    _remove_empty(root)
    for key in ("version", "width", "height"):
        root.attrib.pop(key, None)
    said = {"title": title, "desc": description}
    root.attrib |= {"class": "chart", "role": "img", "aria-labelledby": " ".join(f"{name}-{kind}" for kind in said)}
    for place, (kind, words) in enumerate(said.items()):
        element = ElementTree.Element(f"{{{_SVG}}}{kind}", {"id": f"{name}-{kind}"})
        element.text = _UNPRINTABLE.sub("", words)
        root.insert(place, element)
    ElementTree.register_namespace("", _SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _settle(element: ElementTree.Element, name: str) -> None:
    attributes = element.attrib
    for declaration in attributes.pop("style", "").split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key == "font":  # such as: 700 11px 'DejaVu Sans', sans-serif
            attributes["font-size"] = value.partition("px")[0].rpartition(" ")[2]
            if value.startswith(("700", "bold")):
                attributes["font-weight"] = "700"
        elif key and key not in _PLAIN and (key, value) not in _DEFAULTS:
            attributes[key] = value.removesuffix("px") if key in ("font-size", "stroke-width") else value
    if (link := attributes.pop(_LINK, None)) is not None:
        attributes["href"] = f"#{name}-{link[1:]}"
    for key, value in list(attributes.items()):
        if key == "id":
            if element.tag in (f"{{{_SVG}}}g", f"{{{_SVG}}}text"):
                del attributes[key]  # nothing refers to a group
            else:
                attributes[key] = f"{name}-{value}"
        elif key in _ROUNDED:
            attributes[key] = _NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), value)
        elif "url(" in value:
            attributes[key] = _REFERENCE.sub(rf"url(#{name}-\1)", value)
    element.tail = None
    if element.text is not None and not element.text.strip():
        element.text = None


def _remove_empty(element: ElementTree.Element) -> None:
    for child in list(element):
        _remove_empty(child)
        if child.tag in (f"{{{_SVG}}}g", f"{{{_SVG}}}defs") and not len(child):
            element.remove(child)
