"""What comments tell: the lines above a block, and the header in a file's leading comment."""

from __future__ import annotations


def above(lines: list[str], line: int) -> str:
    """Return the comment that ends on the line before `line` (from 1), its lines joined by blanks."""
    parts: list[str] = []
    number = min(line - 1, len(lines))
    while number > 0 and lines[number - 1].startswith(("#", "//")):
        number -= 1
        parts.append(lines[number].removeprefix("#" if lines[number][0] == "#" else "//").strip())
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
