"""The rules of a `.dockerignore` file, as Docker's builder reads them (docs.docker.com, "Build context")."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Rule:
    """One line of the file; `keeps` says that it began with `!`."""

    pattern: re.Pattern[str]
    keeps: bool


def parse(text: str) -> tuple[Rule, ...]:
    """Return the rules of a `.dockerignore` in their order; comments and empty lines are left out."""
    rules = []
    for line in text.removeprefix("\ufeff").splitlines():
        stripped = line.strip()
        if line.startswith("#") or not stripped:
            continue
        keeps = stripped.startswith("!")
        cleaned = posixpath.normpath(stripped[1:].strip() if keeps else stripped).lstrip("/")
        # "." alone means nothing to Docker, too.
        if cleaned not in ("", "."):
            rules.append(Rule(re.compile(_regex(cleaned), re.DOTALL), keeps))
    return tuple(rules)


def ignores(rules: Sequence[Rule], path: str) -> bool:
    """Return whether the last rule that matches `path` (relative, POSIX) or a folder above leaves it out."""
    candidates = [path, *(str(parent) for parent in PurePosixPath(path).parents if str(parent) != ".")]
    ignored = False
    for rule in rules:
        if any(rule.pattern.fullmatch(candidate) for candidate in candidates):
            ignored = not rule.keeps
    return ignored


def _regex(pattern: str) -> str:
    """Return the regular expression of a pattern in Go's filepath.Match syntax with `**` added."""
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        rest = pattern[position:]
        if rest.startswith("**"):
            step = 3 if rest.startswith("**/") else 2
            # "**" at the end takes everything below; before a name it takes any number of folders.
            parts.append(".*" if position + step >= len(pattern) else "(?:.*/)?")
        elif rest[0] in "*?":
            step = 1
            parts.append("[^/]*" if rest[0] == "*" else "[^/]")
        elif rest[0] == "\\" and len(rest) > 1:
            step = 2
            parts.append(re.escape(rest[1]))
        elif rest[0] == "[" and (closed := re.match(r"\[\^?[^\]]+\]", rest)):
            step = closed.end()
            parts.append(closed.group())
        else:
            step = 1
            parts.append(re.escape(rest[0]))
        position += step
    return "".join(parts)
