"""The part of a page that is ours: what lies between two marker lines. Around it everything is the user's."""

from __future__ import annotations

from typing import NamedTuple

from s_infra.errors import SInfraError


class Markers(NamedTuple):
    """The two lines that enclose the generated part."""

    begin: str
    end: str


TF_DOCS = Markers("<!-- BEGIN_TF_DOCS -->", "<!-- END_TF_DOCS -->")


class _Line(NamedTuple):
    start: int
    end: int


def inject(text: str, block: str, where: str, markers: Markers = TF_DOCS) -> str:
    """Return `text` with `block` between its markers, or with both at its end if it has none.

    A marker counts where it is alone on a line outside fenced code. `where` names the file in errors.

    Raises:
        SInfraError: One marker is missing, there are several of one, or they are in the wrong order.
    """
    found = {marker: _lines(text, marker) for marker in markers}
    if not any(found.values()):
        return (
            f"{text.rstrip()}\n\n{_enclosed(block, markers)}\n"
            if text.strip()
            else _enclosed(block, markers) + "\n"
        )
    for marker, lines in found.items():
        if len(lines) != 1:
            raise SInfraError(
                f"a page needs its markers once each, and has {len(lines) or 'no'} {marker}",
                which=where,
                next_step="leave one pair, each on its own line, or none to have the part added at the end",
            )
    begin, end = found[markers.begin][0], found[markers.end][0]
    if end.start < begin.start:
        raise SInfraError(
            f"the page ends its generated part before it begins it: {markers.end} comes first",
            which=where,
            next_step="put the markers in order",
        )
    return text[: begin.start] + _enclosed(block, markers) + text[end.end :]


def _enclosed(block: str, markers: Markers) -> str:
    return f"{markers.begin}\n{block.strip(chr(10))}\n{markers.end}"


def _lines(text: str, marker: str) -> list[_Line]:
    """Find the lines that are `marker` alone, but not those in fenced code, which only speak of it."""
    if marker not in text:
        return []
    found, start, fence = [], 0, ""
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if fence:
            if bare.startswith(fence) and not bare.strip(fence[0]):
                fence = ""
        elif bare.startswith(("```", "~~~")):
            fence = bare[: len(bare) - len(bare.lstrip(bare[0]))]
        elif bare == marker:
            found.append(_Line(start, start + len(line.rstrip("\r\n"))))
        start += len(line)
    return found
