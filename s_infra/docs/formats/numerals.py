"""Doubles in their shortest decimal forms, as terraform-docs writes them."""

from __future__ import annotations


def number(value: float) -> str:
    """Return a double as JSON has it: with an exponent below 1e-6 and from 1e21."""
    sign, digits, point = _decimal(value)
    if not digits:
        return "0"
    return sign + (_plain(digits, point) if -6 < point <= 21 else _scientific(digits, point, 1))


def general(value: float) -> str:
    """Return a double as YAML, TOML and XML have it: with an exponent below 1e-4 and from a million."""
    sign, digits, point = _decimal(value)
    if not digits:
        return "0"
    return sign + (_plain(digits, point) if -4 < point <= 6 else _scientific(digits, point, 2))


def _decimal(value: float) -> tuple[str, str, int]:
    """Return sign, significant digits and where the point stands: 0.d1d2... times ten to that."""
    mantissa, _, exponent = repr(float(value)).partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    return sign, digits.rstrip("0"), point


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if len(digits) <= point:
        return digits.ljust(point, "0")
    return f"{digits[:point]}.{digits[point:]}"


def _scientific(digits: str, point: int, width: int) -> str:
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    exponent = point - 1
    return f"{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):0{width}}"
