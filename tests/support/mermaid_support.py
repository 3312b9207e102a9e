"""A strict reader of the flowcharts that the documentation draws: what it doesn't know, GitHub may not.

The forms were tried with Mermaid 11's own parser, which wants a browser's packages and isn't asked in tests.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LABEL = r'"((?:[^"#`<>{}\[\]|&;]|#\d+;|<br/>)+)"'
NODE = re.compile(
    rf"\s+(\w+)(?:\(\[{LABEL}\]\)|\(\({LABEL}\)\)|\[\[{LABEL}\]\]|\[\({LABEL}\)\]|\[/{LABEL}/\]|\[{LABEL}\]|\{{{LABEL}\}})"
)
EDGE = re.compile(rf"\s+(\w+) (-->|-\.->)(?:\|{LABEL}\|)? (\w+)")
FRAME = re.compile(rf"\s+subgraph (\w+)\[{LABEL}\]")


class Chart(NamedTuple):
    """What a flowchart shows: labels by id, the frames' too, and arrows as (tail, label, head, arrow)."""

    labels: dict[str, str]
    frames: dict[str, str]
    edges: list[tuple[str, str, str, str]]


def read(text: str) -> Chart:
    """Return what the chart shows, arrows by labels; fail on a line or an id that isn't understood."""
    lines = text.splitlines()
    assert re.fullmatch(r"flowchart (TD|LR)", lines[0])
    labels: dict[str, str] = {}
    frames: dict[str, str] = {}
    arrows: list[tuple[str, str, str, str]] = []
    open_frames: list[str] = []
    for line in lines[1:]:
        if found := FRAME.fullmatch(line):
            assert found[1] not in labels
            labels[found[1]] = plain(found[2])
            open_frames.append(found[1])
        elif line.strip() == "end":
            open_frames.pop()
        elif found := NODE.fullmatch(line):
            assert found[1] not in labels
            labels[found[1]] = plain(next(label for label in found.groups()[1:] if label))
            frames[found[1]] = open_frames[-1] if open_frames else ""
        else:
            found = EDGE.fullmatch(line)
            assert found, f"not understood: {line}"
            arrows.append((found[1], plain(found[3] or ""), found[4], found[2]))
    assert not open_frames
    edges = [(labels[tail], label, labels[head], arrow) for tail, label, head, arrow in arrows]
    return Chart(labels, {labels[one]: labels.get(frame, "") for one, frame in frames.items()}, edges)


def plain(label: str) -> str:
    """Return a label as a person reads it, broken lines joined."""
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label.replace("<br/>", " "))
