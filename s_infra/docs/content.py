"""A page by the user's own `content`, in the syntax of Go's templates: sections by name, and `include`."""

from __future__ import annotations

import re

from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECTIONS = ("Header", "Footer", "Inputs", "Modules", "Outputs", "Providers", "Requirements", "Resources")
_ACTION = re.compile(r"(\s*)\{\{-(?=\s)|\{\{")
_END = re.compile(r"(?<=\s)-\}\}\s*|\}\}")
_NAME = re.compile(r"\.(\w+)")
_INCLUDE = re.compile(r'include\s+(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)')
_COMMENT = re.compile(r"/\*.*\*/", re.DOTALL)


def fill(
    template: str, values: Mapping[str, Callable[[], str]], include: Callable[[str], str], where: str
) -> str:
    """Return the template with its actions carried out; `where` names it in errors.

    Raises:
        SInfraError: An action is neither a value's name nor an `include` nor a comment.
    """
    result = []
    position = 0
    while start := _ACTION.search(template, position):
        result.append(template[position : start.start()])
        end = _END.search(template, start.end())
        if end is None:
            raise _error("an action has no end", template, start.end(), where, "end it with }}")
        action = template[start.end() : end.start()].strip()
        made = _carried_out(action, values, include)
        if made is None:
            known = ", ".join(f".{name}" for name in values)
            raise _error(
                f"the template has {action!r}, which is not known here",
                template,
                start.end(),
                where,
                f'there are {known} and include "FILE"',
            )
        result.append(made)
        position = end.end()
    result.append(template[position:])
    return "".join(result)


def _carried_out(
    action: str, values: Mapping[str, Callable[[], str]], include: Callable[[str], str]
) -> str | None:
    if match := _NAME.fullmatch(action):
        return values[match[1]]() if match[1] in values else None
    if match := _INCLUDE.fullmatch(action):
        return include(match[1].replace('\\"', '"') if match[1] is not None else match[2])
    return "" if _COMMENT.fullmatch(action) else None


def _error(what: str, template: str, position: int, where: str, next_step: str) -> SInfraError:
    line = template.count("\n", 0, position) + 1
    return SInfraError(what, which=f"{where}, line {line}", next_step=next_step)
