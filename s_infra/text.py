"""Small questions about text."""

from __future__ import annotations


def is_number(text: str) -> bool:
    """Return whether the text is a decimal number, "nan" and "inf" among them."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def counted(number: int, noun: str) -> str:
    """Return "1 file", "2 files"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def four_digits(text: str) -> str:
    """Return a number in four digits, and any other text as it is."""
    return f"{float(text):.4g}" if is_number(text) else text
