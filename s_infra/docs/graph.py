"""A module's own drawing: its resources, data and modules, and which needs which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s_infra.docs.mermaid import Edge, Group, Node, flowchart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from s_infra.docs.references import Declared

# What isn't a thing of its own in the drawing; a way through a local value is drawn as one arrow.
UNDRAWN = ("var.", "output.", "provider.", "terraform.", "local.", "moved.", "import.", "removed.", "check.")
SHAPES = {"module": "double", "data": "round", "ephemeral": "round"}


def drawing(things: Sequence[Declared]) -> str | None:
    """Return a Mermaid flowchart, an arrow from each thing to what it refers to; None if there is but one.

    A module with more than GitHub draws is drawn by its files: which file's things refer to which other's.
    """
    shown = [one for one in things if not one.address.startswith(UNDRAWN) and one.address not in UNDRAWN]
    if len(shown) < 2:
        return None
    needs = _needs(things)
    arrows = [(one.address, need) for one in shown for need in needs(one.address)]
    files = {one.address: one.at.file for one in shown}
    return _by_thing(files, arrows) or _by_file(files, arrows)


def _needs(things: Sequence[Declared]) -> Callable[[str], list[str]]:
    """Return a function that tells what a thing needs, through local values, too."""
    references = {one.address: one.references for one in things}

    def needs(address: str) -> list[str]:
        found: dict[str, None] = {}
        seen: set[str] = set()
        waiting = list(references[address])
        while waiting:
            one = waiting.pop(0)
            if one in seen or one not in references:
                continue
            seen.add(one)
            if one.startswith("local."):
                waiting += references[one]
            elif not one.startswith(UNDRAWN) and one != address:
                found[one] = None
        return list(found)

    return needs


def _by_thing(files: Mapping[str, str], arrows: list[tuple[str, str]]) -> str | None:
    ids = {address: f"n{number}" for number, address in enumerate(files, 1)}
    frames: dict[str, list[Node]] = {}
    for address, file in files.items():
        kind, _, name = address.partition(".")
        label = address.removeprefix("data.").replace(".", "\n", 1) if kind not in {"module"} else name
        frames.setdefault(file, []).append(Node(ids[address], label, SHAPES.get(kind, "box")))
    nodes: list[Node | Group] = [
        Group(f"f{number}", file, tuple(inside)) for number, (file, inside) in enumerate(frames.items(), 1)
    ]
    if len(nodes) == 1:
        nodes = list(frames.popitem()[1])
    return flowchart(nodes, [Edge(ids[tail], ids[head]) for tail, head in arrows], "LR")


def _by_file(files: Mapping[str, str], arrows: list[tuple[str, str]]) -> str | None:
    ids = {file: f"f{number}" for number, file in enumerate(dict.fromkeys(files.values()), 1)}
    ways = dict.fromkeys((files[tail], files[head]) for tail, head in arrows if files[tail] != files[head])
    nodes: list[Node | Group] = [Node(one, file) for file, one in ids.items()]
    return flowchart(nodes, [Edge(ids[tail], ids[head]) for tail, head in ways], "LR")
