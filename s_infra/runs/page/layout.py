"""Places a machine's graph: boxes and the ways between them, top to bottom. Lengths are in SVG's units."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import graphlay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s_infra.runs.page.machine import Edge, Graph, State

Point = tuple[float, float]
CHARACTER, LABEL_CHARACTER = 7.4, 6.0
HEIGHT, HEADER, PADDING = 34.0, 30.0, 14.0
LONGEST_NAME = 34
OPTIONS: dict[str, Any] = {
    "direction": "topbottom",
    "spacing": {"layer_gap": 26.0, "node_gap": 24.0, "dummy_gap": 16.0, "stub": 8.0},
}


@dataclass(frozen=True)
class Box:
    """Where a state is: the upper left corner and the size; `inside` was placed relative to the corner."""

    state: State
    x: float
    y: float
    width: float
    height: float
    inside: tuple[Drawing, ...] = ()

    @property
    def text(self) -> str:
        """The name, shortened to what fits."""
        return shortened(self.state.name)


@dataclass(frozen=True)
class Way:
    """How an edge goes, and where its label is written, if there is a place for it."""

    edge: Edge
    points: tuple[Point, ...]
    label_at: Point | None

    @property
    def path(self) -> str:
        """The line as SVG has it, with round corners."""
        return path(self.points)

    def moved(self, dx: float, dy: float) -> Way:
        """Return the same elsewhere."""
        at = self.label_at and (self.label_at[0] + dx, self.label_at[1] + dy)
        return Way(self.edge, tuple((x + dx, y + dy) for x, y in self.points), at)


@dataclass(frozen=True)
class Drawing:
    """A placed graph; `x` and `y` are its place in the box around it."""

    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0


def shortened(name: str) -> str:
    """Return a name as it is written in a box."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def place(graph: Graph, x: float = 0.0, y: float = 0.0) -> Drawing:
    """Return the drawing of a graph whose upper left corner is at (x, y)."""
    request = graphlay.Graph()
    insides = {state.name: _inside(state) for state in graph.states}
    for state in graph.states:
        width, height = _size(state, insides[state.name])
        request.node(state.name, width=width, height=height)
    for edge in graph.edges:
        size = {"width": LABEL_CHARACTER * len(edge.label) + 6, "height": 14.0}
        fields: dict[str, Any] = {"label_size": size} if edge.label else {}
        request.edge(edge.source, edge.target, **fields)
    placed = graphlay.layout(request, preset="process_map", options=OPTIONS)
    low, high = placed.bounds["min"], placed.bounds["max"]
    ways = [
        _way(edge, [(point["x"], point["y"]) for point in drawn["points"]], drawn)
        for edge, drawn in zip(graph.edges, placed.edges, strict=True)
    ]
    # The engine's bounds know of boxes and lines; a label may stand out at either side.
    ends = [(way.label_at[0], way.edge) for way in ways if way.label_at]
    left = min([low["x"], *(at - _half(edge) for at, edge in ends)])
    right = max([high["x"], *(at + _half(edge) for at, edge in ends)])
    boxes = tuple(
        Box(
            state,
            node["center"]["x"] - node["size"]["width"] / 2 - left,
            node["center"]["y"] - node["size"]["height"] / 2 - low["y"],
            node["size"]["width"],
            node["size"]["height"],
            insides[state.name],
        )
        for state, node in zip(graph.states, placed.nodes, strict=True)
    )
    moved = tuple(way.moved(-left, -low["y"]) for way in ways)
    return Drawing(boxes, moved, right - left, high["y"] - low["y"], x, y)


def _half(edge: Edge) -> float:
    """Return half the width of an edge's label."""
    return LABEL_CHARACTER * len(edge.label) / 2 + 3


def _inside(state: State) -> tuple[Drawing, ...]:
    drawings: list[Drawing] = []
    x = PADDING
    for graph in state.inside:
        drawings.append(place(graph, x, HEADER))
        x += drawings[-1].width + PADDING
    return tuple(drawings)


def _size(state: State, inside: Sequence[Drawing]) -> tuple[float, float]:
    width = CHARACTER * len(shortened(state.name)) + 36
    if not inside:
        return width, HEIGHT
    within = sum(drawing.width for drawing in inside) + PADDING * (len(inside) + 1)
    return max(width, within), HEADER + max(drawing.height for drawing in inside) + PADDING


def _way(edge: Edge, points: list[Point], drawn: dict[str, Any]) -> Way:
    anchor = drawn.get("label_anchor")
    if not anchor:
        return Way(edge, tuple(points), None)
    at = (anchor["x"], anchor["y"])
    stretches = list(itertools.pairwise(points))
    if min(_distance(at, *stretch) for stretch in stretches) > _half(edge) + 20:
        # The engine found no room beside the line: the label goes onto its longest stretch.
        (x1, y1), (x2, y2) = max(stretches, key=_length)
        at = ((x1 + x2) / 2, (y1 + y2) / 2)
    return Way(edge, tuple(points), at)


def _length(stretch: tuple[Point, Point]) -> float:
    (x1, y1), (x2, y2) = stretch
    return abs(x1 - x2) + abs(y1 - y2)


def _distance(at: Point, one: Point, other: Point) -> float:
    """Return how far a point is from a stretch that goes along an axis."""
    aside = [max(min(a, b) - here, 0.0, here - max(a, b)) for here, a, b in zip(at, one, other, strict=True)]
    return sum(aside)


def path(points: Sequence[Point], radius: float = 5.0) -> str:
    """Return a path through the points whose corners are rounded."""
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        (x1, y1), (x2, y2) = _towards(corner, before, radius), _towards(corner, after, radius)
        parts.append(f"L{x1:.1f} {y1:.1f}Q{corner[0]:.1f} {corner[1]:.1f} {x2:.1f} {y2:.1f}")
    parts.append(f"L{points[-1][0]:.1f} {points[-1][1]:.1f}")
    return "".join(parts)


def _towards(corner: Point, other: Point, radius: float) -> Point:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-9)
    share = min(radius, length / 2) / length
    return corner[0] + dx * share, corner[1] + dy * share
