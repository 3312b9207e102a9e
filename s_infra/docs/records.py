"""Named tuples for what is imported for every page.

To a type checker they are `typing.NamedTuple`. That one compiles each annotation when a module is imported,
which takes longer than rendering a small module does.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    _OF_THE_CLASS = {"__annotations__", "__module__", "__qualname__"}

    class _Maker(type):
        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = body.get("__annotations__", {})
            usual = [body[field] for field in fields if field in body]
            made = namedtuple(name, fields, defaults=usual, module=body["__module__"])
            for key, value in body.items():
                if key not in fields and key not in _OF_THE_CLASS:
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Maker):
        """The base of a record: its annotations are its fields."""


__all__ = ["NamedTuple"]
