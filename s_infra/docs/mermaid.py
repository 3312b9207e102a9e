"""Flowcharts in Mermaid, as GitHub draws them in a fenced block."""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

# GitHub draws with Mermaid's own bounds; beyond them it shows an error in place of the drawing.
MOST_EDGES = 500
MOST_CHARACTERS = 50_000
WIDTH = 48

SHAPES = {
    "box": ("[", "]"),
    "round": ("([", "])"),
    "choice": ("{", "}"),
    "slanted": ("[/", "/]"),
    "double": ("[[", "]]"),
    "store": ("[(", ")]"),
    "dot": ("((", "))"),
}
ARROWS = {"solid": "-->", "dashed": "-.->"}


class Node(NamedTuple):
    """A shape; `label` is plain text, one line or several."""

    id: str
    label: str
    shape: str = "box"


class Edge(NamedTuple):
    """An arrow between two nodes."""

    tail: str
    head: str
    label: str = ""
    line: str = "solid"


class Group(NamedTuple):
    """A frame around nodes and other frames."""

    id: str
    label: str
    nodes: tuple[Node | Group, ...]


def flowchart(nodes: list[Node | Group], edges: list[Edge], direction: str = "TD") -> str | None:
    """Return the drawing's text; None if it has more than GitHub draws."""
    lines = [f"flowchart {direction}"]
    for node in nodes:
        lines += _drawn(node, "  ")
    lines += [_arrow(edge) for edge in edges]
    text = "\n".join(lines)
    return None if len(edges) > MOST_EDGES or len(text) > MOST_CHARACTERS else text


def _drawn(node: Node | Group, indent: str) -> list[str]:
    if isinstance(node, Group):
        inner = [line for one in node.nodes for line in _drawn(one, indent + "  ")]
        return [f"{indent}subgraph {node.id}[{quoted(node.label)}]", *inner, f"{indent}end"]
    left, right = SHAPES[node.shape]
    return [f"{indent}{node.id}{left}{quoted(node.label)}{right}"]


def _arrow(edge: Edge) -> str:
    label = f"|{quoted(edge.label)}|" if edge.label else ""
    return f"  {edge.tail} {ARROWS[edge.line]}{label} {edge.head}"


def quoted(text: str) -> str:
    """Return a label in quotes, in which nothing means anything to Mermaid; long lines are broken."""
    wrap = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False).wrap
    lines = [part for line in text.splitlines() for part in wrap(line)]
    # A number and a full stop, or a hyphen, would begin a list, and two dollars a formula.
    return '"' + "<br/>".join(_escaped(line) for line in lines or [" "]) + '"'


def _escaped(text: str) -> str:
    return re.sub(
        r"[^\w \-.,:/=()!?+$]|(?<=^\d)\.(?= )|^[-+](?= )|\$(?=\$)", lambda found: f"#{ord(found[0])};", text
    )
