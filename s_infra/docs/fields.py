"""The fields of an input's object type: what a caller writes inside, each with its own comment."""

from __future__ import annotations

from s_infra.docs import syntax
from s_infra.docs.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

COLLECTIONS = {"list", "set", "map", "tuple"}


class Field(NamedTuple):
    """One field, however deep."""

    path: str
    """From the input's name on: `rules[*].port`, where `[*]` stands for any element of a list, set or map."""
    type: str
    """As written, an object's fields left out: `list(object)`."""
    default_text: str | None
    """What `optional()` gives, as written; `null` if it gives nothing; None if the field is required."""
    description: str
    """The comment on the lines above the field, or behind it on its line."""


def fields(name: str, type_text: str) -> tuple[Field, ...]:
    """Return the fields of the input `name` in the order of its type, those of a field right after it."""
    if "object" not in type_text:
        return ()
    source = syntax.parse(name, f"type = {type_text}\n".encode())
    if source.body is None:
        return ()
    (expression,) = syntax.attributes(source, source.body).values()
    return tuple(_inside(source, expression, name))


def _inside(source: syntax.Source, expression: Node, path: str) -> Iterator[Field]:
    function, arguments = _called(source, expression)
    if function == "object" and arguments:
        for node in _elements(arguments[0]):
            key, _, value = node.children[:3]
            yield from _field(source, node, f"{path}.{source.text(key).strip(chr(34))}", value)
    elif function in COLLECTIONS and arguments:
        yield from _inside(source, arguments[0], f"{path}[*]")


def _field(source: syntax.Source, node: Node, path: str, value: Node) -> Iterator[Field]:
    function, arguments = _called(source, value)
    default = None
    if function == "optional" and arguments:
        value = arguments[0]
        default = source.text(arguments[1]) if len(arguments) > 1 else "null"
    yield Field(path, _outline(source, value), default, _comment(source, node))
    yield from _inside(source, value, path)


def _called(source: syntax.Source, expression: Node) -> tuple[str, list[Node]]:
    """Return the function that an expression calls and its arguments; an empty name if it's no call."""
    call = expression.children[0] if expression.children else expression
    if call.type != "function_call":
        return "", []
    arguments = [child for child in call.children if child.type == "function_arguments"]
    return source.text(call.children[0]), [
        node for inner in arguments for node in inner.children if node.type == "expression"
    ]


def _elements(expression: Node) -> list[Node]:
    found = expression.children[0]
    if found.type == "collection_value":
        found = found.children[0]
    return [child for child in found.children if child.type == "object_elem"]


def _outline(source: syntax.Source, value: Node) -> str:
    function, arguments = _called(source, value)
    if function == "object":
        return "object"
    if function in COLLECTIONS and arguments:
        return f"{function}({', '.join(_outline(source, one) for one in arguments)})"
    return " ".join(source.text(value).split())


def _comment(source: syntax.Source, node: Node) -> str:
    """Return the comment of a field: lines of its own right above it, or else what stands behind it."""
    above: list[str] = []
    row, before = node.start_point[0], node.prev_sibling
    while before is not None and before.type == "comment" and before.end_point[0] in {row, row - 1}:
        if before.prev_sibling is not None and before.prev_sibling.end_point[0] == before.start_point[0]:
            break  # it stands behind another field
        above.append(bare(source.text(before)))
        row, before = before.start_point[0], before.prev_sibling
    if above:
        return " ".join(reversed(above))
    after = node.next_sibling
    while after is not None and after.start_point[0] == node.end_point[0]:
        if after.type == "comment":
            return bare(source.text(after))
        if after.type != ",":
            break
        after = after.next_sibling
    return ""


def bare(comment: str) -> str:
    """Return a comment's text without its signs, in one line."""
    text = comment.strip()
    if text.startswith("/*"):
        lines = text.removeprefix("/*").removesuffix("*/").splitlines()
        return " ".join(part for line in lines if (part := line.strip().lstrip("*").strip()))
    return text.lstrip("#/").strip()
