"""Code on a Markdown page, whatever backticks it holds itself."""

from __future__ import annotations

import re


def inline(text: str) -> str:
    """Return a text as code within a line."""
    inside = " ".join(text.split())
    marks = "`" * (_longest_run(inside) + 1)
    blank = " " if inside.startswith("`") or inside.endswith("`") else ""
    return f"{marks}{blank}{inside}{blank}{marks}"


def fenced(text: str, language: str) -> str:
    """Return a text as a block of code."""
    marks = "`" * max(3, _longest_run(text) + 1)
    return f"{marks}{language}\n{text}\n{marks}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
