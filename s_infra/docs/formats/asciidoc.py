"""AsciiDoc's side of documents and tables."""

from __future__ import annotations

from s_infra.docs.formats import markdown_text as text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.settings import Settings


class AsciiDoc:
    """AsciiDoc; only the pipes of tables are escaped."""

    after_no_required = "\n"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings._replace(escape=False)
        self._level = settings.indent if 1 <= settings.indent <= 5 else 2

    def heading(self, title: str, *, deeper: int = 0) -> str:
        """Return a heading at the level that the settings ask for."""
        return f"{'=' * (self._level + deeper)} {title}"

    def anchored(self, prefix: str, name: str) -> str:
        """Return a name as the target of links, and as a link to itself."""
        target = f"{prefix}_{name}"
        return f"[[{target}]] <<{target},{name}>>" if self._settings.anchor else name

    def link(self, shown: str, address: str) -> str:
        """Return a link."""
        return f"{address}[{shown}]"

    def header(self, source: str) -> str:
        """Return a header or footer."""
        return text.header(source, self._settings)

    def paragraph(self, source: str) -> str:
        """Return a description in a document."""
        return text.paragraph(source, self._settings)

    def cell(self, source: str) -> str:
        """Return a description in a table."""
        return text.fenced(
            source,
            lambda part: text.pipes(part).replace("\r", ""),
            lambda part: f"[source]\n----\n{part.strip()}\n----",
        )

    def cell_code(self, code: str) -> str:
        """Return a type or default in a table."""
        return self.cell(f"\n\n```\n{code}\n```\n" if "\n" in code else f"`{code}`")

    def cell_value(self, code: str) -> str:
        """Return an output's value in a table."""
        return f"\n\n```\n{code}\n```\n" if "\n" in code else f"`{code}`"

    def block(self, code: str, language: str) -> str:
        """Return code of several lines in a document."""
        return f"\n[source,{language}]\n----\n{code}\n----"

    def value(self, code: str) -> str:
        """Return an output's value of several lines; its lines break as a paragraph's do."""
        return self.block(text.paragraph(code, self._settings), "json")

    def page(self, sections: list[str]) -> str:
        """Return the sections as one text."""
        return text.page(sections)
