"""The pieces of HTML that a report is made of. Pure; what is given as text is escaped here and nowhere else."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

MOST_COLUMNS: Final = 5
"""A phone is wide enough for so many; a wider table is scrolled, by keys as well."""


def tag(name: str, *content: str, **attributes: str | None) -> str:
    """Return an element with HTML in it; None leaves an attribute out, `class_` is class, `data_x` is data-x."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{''.join(content)}</{name}>"


def text(name: str, content: str, **attributes: str | None) -> str:
    """Return an element with plain text in it."""
    return tag(name, escape(content), **attributes)


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Return a table of texts: the first row names the columns, the first cell of a row the row."""
    columns = "".join(text("th", cell, scope="col") if cell else "<td></td>" for cell in head)
    body = "".join(tag("tr", text("th", row[0], scope="row"), *(text("td", cell) for cell in row[1:])) for row in rows)
    parts = (text("caption", caption), tag("thead", tag("tr", columns)), tag("tbody", body))
    whole = tag("table", *parts, class_=kind or None)
    if len(head) > MOST_COLUMNS:
        return tag("div", whole, class_="table", tabindex="0", role="region", aria_label=caption)
    return tag("div", whole, class_="table")


def folded(summary: str, *content: str) -> str:
    """Return what opens when its summary is pressed, and is always open on paper."""
    return tag("details", text("summary", summary), *content)


def figures(entries: Iterable[tuple[str, str, str]]) -> str:
    """Return key figures: what it is, the figure, and a remark."""
    return tag(
        "dl",
        *(
            tag("div", text("dt", name), text("dd", figure), text("dd", remark, class_="remark") if remark else "")
            for name, figure, remark in entries
        ),
        class_="figures",
    )


def chart(caption: str, svg: str) -> str:
    """Return a chart with its caption, which the SVG's own title repeats for screen readers."""
    return tag("figure", text("figcaption", caption, aria_hidden="true"), svg)
