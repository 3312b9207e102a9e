"""Small questions about text."""

from __future__ import annotations


def is_number(text: str) -> bool:
    """Return whether the text is a decimal number, "nan" and "inf" among them."""
    try:
        float(text)
    except ValueError:
        return False
    return True
