"""Text of a module on a Markdown page: escaped, with its code left alone and its line breaks kept."""

from __future__ import annotations

import re

from s_infra.docs.formats.urls import pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.docs.settings import Settings

_FENCE = "```"
# Underscores stay as they are in emphasis that blanks surround, and where they open a line.
_OPENING = r"(?m)^[ \t]*(_+)(?=[ \t])"
_EMPHASIS = r"[ \t](_+)[^_\s].*[^_\s](_+)(?=[ \t])"
_TEXT_BELOW = r"(?a)\n(\s*\w)"


def header(text: str, settings: Settings) -> str:
    """Return a header or footer; its line breaks are its own."""
    return fenced(text, lambda part: _escaped(part, settings), _block_of_header)


def cell(text: str, settings: Settings) -> str:
    """Return a description as one line of a table."""
    line_break = "<br/>" if settings.html else " "

    def prose(part: str) -> str:
        part = pipes(_escaped(part, settings)).strip()
        return _short_breaks(part).replace("\n", line_break).replace("\r", "")

    if settings.html:
        return fenced(text, prose, _preformatted)
    return fenced(text, prose, lambda part: f" {inline_code(part)} ").strip()


def paragraph(text: str, settings: Settings) -> str:
    """Return a description as text of a document."""

    def prose(part: str) -> str:
        part = re.sub(_TEXT_BELOW, r"  \n\1", _escaped(part.replace("\r\n", "\n"), settings))
        part = part.replace("    \n", "  \n")
        return part.replace("  \n\n", "\n\n").replace("\n  \n", "\n\n")

    return fenced(text, prose, _block)


def inline_code(text: str) -> str:
    """Return code of several lines as one."""
    text = re.sub(r" *= *", " = ", text.strip().replace("\r", "")).lstrip()
    return _FENCE + re.sub(r"\n\s*", " ", text) + _FENCE


def page(sections: list[str]) -> str:
    """Join a page's sections, with one empty line between any two paragraphs."""
    text = "\n\n".join(sections) + "\n"
    text = text.replace("\n  \n", "\n")
    if " \n" in text:
        text = re.sub(r"(?<! ) \n", "\n", text)
    if "\n\n\n" in text:
        text = re.sub(r"\n{3,}", "\n\n", text)
    return text.rstrip("\n")


def _block(part: str) -> str:
    return f"{_FENCE}{part}{_FENCE}" if part.endswith("\n") else f"{_FENCE}{part}\n{_FENCE}"


def _block_of_header(part: str) -> str:
    """Return code whose closing fence may be indented, as it is below an item of a list."""
    return f"{_FENCE}{part}{_FENCE}" if not part.rpartition("\n")[2].strip() else _block(part)


def _preformatted(part: str) -> str:
    return f"<pre>{part.strip().replace(chr(13), '').replace(chr(10), '<br/>')}</pre>"


def _short_breaks(text: str) -> str:
    return text.replace("    \n", "  \n").replace("  \n", "\n")


def fenced(text: str, prose: Callable[[str], str], code: Callable[[str], str]) -> str:
    """Write what stands outside fences by `prose`, and what stands inside by `code`."""
    return _alternating(text, _FENCE, prose, code)


def _alternating(text: str, mark: str, outside: Callable[[str], str], inside: Callable[[str], str]) -> str:
    if mark not in text:
        return outside(text)
    result = []
    in_code = text.startswith(mark)
    for part in text.split(mark):
        if part:
            result.append(inside(part) if in_code else outside(part))
            in_code = not in_code
    return "".join(result)


def _escaped(text: str, settings: Settings) -> str:
    if not settings.escape:
        return text
    return _addresses(_alternating(text, "`", _underscores, lambda part: f"`{part}`"))


def pipes(text: str) -> str:
    """Escape the pipes that would end a table's cell, those in code left as they are."""
    return _alternating(text, "`", lambda part: part.replace("|", "\\|"), lambda part: f"`{part}`")


def _addresses(text: str) -> str:
    """Take the backslashes out of addresses as terraform-docs does: one by one, each wherever it stands."""
    if ":" in text and "\\" in text:
        for address in pattern().findall(text):
            text = text.replace(address, address.replace("\\", ""))
    return text


def _underscores(text: str) -> str:
    if "_" not in text:
        return text
    kept: set[int] = set()
    if "_ " in text or "_\t" in text:
        for match in re.finditer(_OPENING, text):
            kept.update(range(*match.span(1)))
        for match in re.finditer(_EMPHASIS, text):
            kept.update(range(*match.span(1)), range(*match.span(2)))
    if not kept:
        return text.replace("_", "\\_")
    return "".join(
        "\\_" if character == "_" and position not in kept else character
        for position, character in enumerate(text)
    )
