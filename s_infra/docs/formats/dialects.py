"""What a markup language has to say for the pages of documents and tables."""

from __future__ import annotations

from typing import Protocol


class Dialect(Protocol):
    """How a language writes the pieces of a page; it holds the settings."""

    after_no_required: str
    """What follows when there are no required inputs."""

    def heading(self, title: str, *, deeper: int = 0) -> str:
        """Return a heading at the level that the settings ask for."""

    def anchored(self, prefix: str, text: str) -> str:
        """Return a name that can be linked to."""

    def link(self, text: str, address: str) -> str:
        """Return a link."""

    def header(self, text: str) -> str:
        """Return a header or footer."""

    def paragraph(self, text: str) -> str:
        """Return a description in a document."""

    def cell(self, text: str) -> str:
        """Return a description in a table."""

    def cell_code(self, code: str) -> str:
        """Return a type or default in a table."""

    def cell_value(self, code: str) -> str:
        """Return an output's value in a table."""

    def block(self, code: str, language: str) -> str:
        """Return code of several lines in a document, with the break before it."""

    def value(self, code: str) -> str:
        """Return an output's value of several lines, with the break before it."""

    def page(self, sections: list[str]) -> str:
        """Return the sections as one text."""
