"""The order of keys in YAML pages: as a person counts, `a2` before `a10`."""

from __future__ import annotations

from functools import cmp_to_key


def _compare(left: str, right: str) -> int:
    after_digit = False
    for position, (one, other) in enumerate(zip(left, right, strict=False)):
        if one == other:
            after_digit = one.isdecimal()
            continue
        return _unlike(left, right, position, after_digit)
    return len(left) - len(right)


def _unlike(left: str, right: str, position: int, after_digit: bool) -> int:
    one, other = left[position], right[position]
    if one.isalpha() and other.isalpha():
        return ord(one) - ord(other)
    if one.isalpha() or other.isalpha():
        return -1 if one.isalpha() is after_digit else 1
    weight = "1" if "0" in (one, other) and _digits_before(left, position).strip("0") else ""
    numbers = [_number(text, position, weight) for text in (left, right)]
    if numbers[0] != numbers[1]:
        return -1 if numbers[0] < numbers[1] else 1
    return ord(one) - ord(other)


def _number(text: str, position: int, weight: str) -> tuple[int, int]:
    """Return the number that starts here, and where it ends; a zero counts if digits stand before it."""
    end = position
    while end < len(text) and text[end].isdecimal():
        end += 1
    return int(f"{weight}{text[position:end]}" or 0), end


def _digits_before(text: str, position: int) -> str:
    start = position
    while start > 0 and text[start - 1].isdecimal():
        start -= 1
    return text[start:position]


natural = cmp_to_key(_compare)
