"""What comments tell: the lines above a block, and the header in a file's leading comment."""

from __future__ import annotations


def above(lines: list[str], line: int) -> str:
    """Return the comment that ends on the line before `line` (from 1), its lines joined by blanks."""
    parts: list[str] = []
    for text in reversed(lines[: max(0, line - 1)]):
        part = _comment(text)
        if part is None:
            break
        parts.append(part)
    return " ".join(reversed(parts))


def leading(lines: list[str]) -> str:
    """Return the text of the comment that a file starts with: `/*`, then lines with a star each."""
    if not lines or not lines[0].strip().startswith("/*"):
        return ""
    result = []
    for line in lines[1:]:
        text = line.strip()
        if text == "*/" or not text.startswith("*"):
            break
        result.append("" if text == "*" else line.removesuffix("\r").lstrip(" ").removeprefix("* "))
    return "\n".join(result)


def _comment(line: str) -> str | None:
    for mark in ("#", "//"):
        if line.startswith(mark):
            return line.removeprefix(mark).strip()
    return None
