"""CloudWatch Logs: the base's, with the patterns of filters as AWS reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.sandbox.base import Base

TERM = re.compile(r'(?P<sign>[?-]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>\S+))')


def install(base: Base) -> None:
    """Mend the patterns: the base takes phrases apart, and `Error` for `error`."""
    base.module("cloudwatch_logs")._compile_filter_pattern = matcher


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return what tells whether a message matches a pattern of unstructured log events.

    Every word and quoted phrase must be in the message, none that follows `-` may be, and of those that
    follow `?` one must be. Source: "Filter pattern syntax", CloudWatch Logs User Guide.
    """
    terms: dict[str, list[str]] = {"": [], "-": [], "?": []}
    for found in TERM.finditer(pattern or ""):
        phrase = found["phrase"]
        text = found["word"] if phrase is None else re.sub(r"\\(.)", r"\1", phrase)
        terms[found["sign"]].append(text)

    def matches(message: str) -> bool:
        if any(term in message for term in terms["-"]) or not all(term in message for term in terms[""]):
            return False
        # "?" terms beside others that must be there change nothing, as on AWS.
        return bool(terms[""]) or not terms["?"] or any(term in message for term in terms["?"])

    return matches
