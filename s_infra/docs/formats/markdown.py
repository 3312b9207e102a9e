"""Markdown's side of documents and tables."""

from __future__ import annotations

from s_infra.docs.formats import markdown_text as text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.settings import Settings


class Markdown:
    """GitHub's Markdown, with HTML where the settings allow it."""

    after_no_required = "\n\n"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._level = settings.indent if 1 <= settings.indent <= 5 else 2
        self._codes: dict[str, str] = {}  # one stands in many rows

    def heading(self, title: str, *, deeper: int = 0) -> str:
        """Return a heading at the level that the settings ask for."""
        marks = "#" * (self._level + deeper)
        return f"{marks} {title} {marks}" if self._settings.atx_closed else f"{marks} {title}"

    def anchored(self, prefix: str, name: str) -> str:
        """Return a name as the target of links, and as a link to itself."""
        shown = self._name(name)
        if not self._settings.anchor:
            return shown
        return f'<a name="{prefix}_{name}"></a> [{shown}](#{self._name(f"{prefix}_{name}")})'

    def link(self, shown: str, address: str) -> str:
        """Return a link."""
        return f"[{shown}]({address})"

    def header(self, source: str) -> str:
        """Return a header or footer."""
        return text.header(source, self._settings)

    def paragraph(self, source: str) -> str:
        """Return a description in a document."""
        return text.paragraph(source, self._settings)

    def cell(self, source: str) -> str:
        """Return a description in a table."""
        return text.cell(source, self._settings)

    def cell_code(self, code: str) -> str:
        """Return a type or default in a table."""
        if code not in self._codes:
            self._codes[code] = self.cell(f"```\n{code}\n```\n" if "\n" in code else f"`{code}`")
        return self._codes[code]

    def cell_value(self, code: str) -> str:
        """Return an output's value in a table."""
        return self.cell_code(code)

    def block(self, code: str, language: str) -> str:
        """Return code of several lines in a document."""
        return f"\n\n```{language}\n{code}\n```"

    def value(self, code: str) -> str:
        """Return an output's value of several lines."""
        return self.block(code, "json")

    def page(self, sections: list[str]) -> str:
        """Return the sections as one text."""
        return text.page(sections)

    def _name(self, name: str) -> str:
        return name.replace("_", "\\_") if self._settings.escape else name
