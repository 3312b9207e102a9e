"""What an argument of a block answers, in whichever syntax it is written. Only type checkers import this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from s_infra.docs.model import Value
    from s_infra.errors import SInfraError


class Attribute(Protocol):
    """One argument of a block."""

    def text(self) -> str:
        """Return the expression as written."""

    def value(self) -> Value:
        """Return the expression's value; an error with its place if it isn't constant."""

    def keyword(self) -> str:
        """Return a string's text, or any other expression as written: a type, a provider's address."""

    def error(self, what: str) -> SInfraError:
        """Return an error that points here."""

    def items(self) -> dict[str, Attribute] | None:
        """Return the elements of an object that is written out; None if it's another expression."""
