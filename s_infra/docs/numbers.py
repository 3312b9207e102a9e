"""Numbers as HCL counts: exact in arithmetic, a double where a format shows them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fractions import Fraction

    from s_infra.docs.model import Value

_COMPARE = {"==", "!="}


def number(text: str) -> int | float:
    """Return a literal's number: an int if it is whole."""
    try:
        return int(text, 0)
    except ValueError:
        pass
    if text.isdigit():
        return int(text)
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def number_text(value: float) -> str:
    """Return a number as a template shows it: never with an exponent."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    from decimal import Decimal

    return format(Decimal(repr(value)), "f")


def operate(sign: str, operands: list[Value]) -> Value:
    """Apply an operator to one or two values; TypeError or ArithmeticError if they don't fit."""
    if sign in _COMPARE:
        return (operands[0] == operands[1]) is (sign == "==")
    if sign in {"&&", "||", "!"}:
        return _logic(sign, operands)
    exact = [_fraction(operand) for operand in operands]
    if len(exact) == 1:
        return _plain(-exact[0])
    left, right = exact
    match sign:
        case "<":
            return left < right
        case ">":
            return left > right
        case "<=":
            return left <= right
        case ">=":
            return left >= right
    return _plain(_arithmetic(sign, left, right))


def _arithmetic(sign: str, left: Fraction, right: Fraction) -> Fraction:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
    quotient = left / right
    return left - right * (quotient.numerator // quotient.denominator)


def _logic(sign: str, operands: list[Value]) -> bool:
    if not all(isinstance(operand, bool) for operand in operands):
        raise TypeError(sign)
    if sign == "!":
        return not operands[0]
    return all(operands) if sign == "&&" else any(operands)


def _fraction(value: Value) -> Fraction:
    from fractions import Fraction

    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(type(value))
    return Fraction(value) if isinstance(value, int) else Fraction(repr(value))


def _plain(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
