"""The value of a constant expression. Terraform allows no references and no functions in a default."""

from __future__ import annotations

from s_infra.docs import templates
from s_infra.docs.numbers import number, number_text, operate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tree_sitter import Node

    from s_infra.docs.model import Value
    from s_infra.docs.syntax import Source

Scope = "Mapping[str, Value]"
_KEYWORDS: dict[str, Value] = {"true": True, "false": False, "null": None}


class NotConstantError(Exception):
    """An expression refers to something, calls a function, or has no value; `node` is where."""

    def __init__(self, what: str, node: Node) -> None:
        super().__init__(what)
        self.what = what
        self.node = node


def evaluate(source: Source, node: Node, scope: Mapping[str, Value] | None = None) -> Value:
    """Return the value of an `expression` node or of any node below one; `scope` has the names of `for`."""
    handler = _HANDLERS.get(node.type)
    if handler is None:
        raise NotConstantError(f"{node.type.replace('_', ' ')} is not a constant", node)
    return handler(source, node, scope or {})


def string_literal(source: Source, node: Node) -> str:
    """Return the text of a quoted string without interpolations."""
    return templates.literal(templates.unescape(source.text(node)[1:-1]))


def _expression(source: Source, node: Node, scope: Mapping[str, Value]) -> Value:
    children = node.children
    if children[0].type == "(":
        children = [children[1], *children[3:]]
    value = evaluate(source, children[0], scope)
    for step in children[1:]:
        value = _traverse(source, value, step, scope)
    return value


def _traverse(source: Source, value: Value, step: Node, scope: Mapping[str, Value]) -> Value:
    match step.type:
        case "get_attr":
            return _item(value, source.text(step.children[1]), step)
        case "index":
            inner = step.children[0].children
            key = source.text(inner[0])[1:] if len(inner) == 1 else evaluate(source, inner[1], scope)
            return _item(value, key, step)
        case "splat":
            items: list[Value] = value if isinstance(value, list) else [] if value is None else [value]
            for further in step.children[0].children[1:]:
                items = [_traverse(source, item, further, scope) for item in items]
            return items
    raise NotConstantError(f"{step.type.replace('_', ' ')} is not a constant", step)


def _item(value: Value, key: Value, node: Node) -> Value:
    try:
        if isinstance(value, list):
            return value[int(str(key))]
        if isinstance(value, dict):
            return value[str(key)]
    except (LookupError, ValueError) as error:
        raise NotConstantError("there is no such element", node) from error
    raise NotConstantError("it has no elements", node)


def _literal(source: Source, node: Node, scope: Mapping[str, Value]) -> Value:
    del scope
    child = node.children[0]
    match child.type:
        case "string_lit":
            return string_literal(source, child)
        case "numeric_lit":
            return number(source.text(child))
    return _KEYWORDS[source.text(child)]


def _tuple(source: Source, node: Node, scope: Mapping[str, Value]) -> Value:
    return [constant(source, child, scope) for child in node.children if child.type == "expression"]


def _object(source: Source, node: Node, scope: Mapping[str, Value]) -> Value:
    result: dict[str, Value] = {}
    for child in node.children:
        if child.type == "object_elem":
            key, _, value = child.children
            result[_key(source, key, scope)] = constant(source, value, scope)
    return result


def _key(source: Source, node: Node, scope: Mapping[str, Value]) -> str:
    children = node.children
    if len(children) == 1 and children[0].type == "variable_expr":
        return source.text(node).strip('"')
    return _string(evaluate(source, node, scope), node)


def _string(value: Value, node: Node) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return number_text(value)
    raise NotConstantError("it can't stand in a string", node)


def _collection(source: Source, node: Node, scope: Mapping[str, Value]) -> Value:
    return evaluate(source, node.children[0], scope)


def _variable(source: Source, node: Node, scope: Mapping[str, Value]) -> Value:
    name = source.text(node)
    if name in scope:
        return scope[name]
    raise NotConstantError("references are not allowed here", node)


def _function(source: Source, node: Node, scope: Mapping[str, Value]) -> Value:
    del source, scope
    raise NotConstantError("functions can't be called here", node)


def _conditional(source: Source, node: Node, scope: Mapping[str, Value]) -> Value:
    condition, _, yes, _, no = node.children
    values = evaluate(source, yes, scope), evaluate(source, no, scope)
    return values[0] if evaluate(source, condition, scope) is True else values[1]


def _operation(source: Source, node: Node, scope: Mapping[str, Value]) -> Value:
    parts = node.children[0].children
    operands = [evaluate(source, part, scope) for part in parts if part.is_named]
    sign = next(source.text(part) for part in parts if not part.is_named)
    try:
        return operate(sign, operands)
    except (TypeError, ArithmeticError) as error:
        raise NotConstantError("the operands don't fit the operator", node) from error


def _for(source: Source, node: Node, scope: Mapping[str, Value]) -> Value:
    parts = node.children[0].children
    intro = next(part for part in parts if part.type == "for_intro")
    condition = next((part.children[1] for part in parts if part.type == "for_cond"), None)
    results = [part for part in parts if part.type == "expression"]
    grouped = any(part.type == "ellipsis" for part in parts)
    items: list[Value] = []
    entries: dict[str, Value] = {}
    for inner in loop(source, intro, scope):
        if condition is not None and evaluate(source, condition, inner) is not True:
            continue
        if len(results) == 1:
            items.append(evaluate(source, results[0], inner))
            continue
        key = _string(evaluate(source, results[0], inner), results[0])
        value = evaluate(source, results[1], inner)
        if grouped:
            group = entries.setdefault(key, [])
            assert isinstance(group, list)
            group.append(value)
        else:
            entries[key] = value
    return items if len(results) == 1 else entries


def loop(source: Source, intro: Node, scope: Mapping[str, Value]) -> list[dict[str, Value]]:
    """Return the scope of every turn of a `for`."""
    names = [source.text(part) for part in intro.children if part.type == "identifier"]
    over = next(part for part in intro.children if part.type == "expression")
    collection = evaluate(source, over, scope)
    pairs: list[tuple[Value, Value]]
    if isinstance(collection, dict):
        pairs = [(key, collection[key]) for key in sorted(collection)]
    elif isinstance(collection, list):
        pairs = list(enumerate(collection))
    else:
        raise NotConstantError("it can't be iterated over", over)
    return [{**scope, **dict(zip(names, pair[-len(names) :], strict=True))} for pair in pairs]


def _template(source: Source, node: Node, scope: Mapping[str, Value]) -> Value:
    child = node.children[0]
    pieces = (templates.heredoc if child.type == "heredoc_template" else templates.quoted)(source, child)
    if len(pieces) == 1 and not isinstance(pieces[0], str) and pieces[0].type == "template_interpolation":
        return evaluate(source, _interpolated(pieces[0]), scope)
    return _render(source, pieces, scope)


def _render(source: Source, pieces: templates.Pieces, scope: Mapping[str, Value]) -> str:
    text = ""
    strip = False
    for number_, piece in enumerate(pieces):
        if isinstance(piece, str):
            part = templates.literal(piece)
            part = part.lstrip() if strip else part
            following = pieces[number_ + 1] if number_ + 1 < len(pieces) else None
            if following is not None and not isinstance(following, str) and _marker(following, first=True):
                part = part.rstrip()
            strip = False
        else:
            part = _piece(source, piece, scope)
            strip = _marker(piece, first=False)
        text += part
    return text


def _piece(source: Source, node: Node, scope: Mapping[str, Value]) -> str:
    if node.type == "template_directive":
        raise NotConstantError("a directive is not a constant", node)
    return _string(evaluate(source, _interpolated(node), scope), node)


def _interpolated(node: Node) -> Node:
    return next(child for child in node.children if child.type == "expression")


def _marker(node: Node, *, first: bool) -> bool:
    children = node.children
    return len(children) > 2 and children[1 if first else -2].type == "strip_marker"


def constant(source: Source, node: Node, scope: Mapping[str, Value] | None = None) -> Value:
    """Return an expression's value; a template that isn't constant is its text as written."""
    try:
        return evaluate(source, node, scope)
    except NotConstantError:
        child = node.children[0]
        if child.type != "template_expr" or len(node.children) > 1:
            raise
    child = child.children[0]
    if child.type == "heredoc_template":
        pieces = templates.heredoc(source, child, verbatim=True)
    else:
        pieces = templates.quoted(source, child)
    return "".join(piece if isinstance(piece, str) else source.text(piece) for piece in pieces)


_HANDLERS: dict[str, Callable[[Source, Node, Mapping[str, Value]], Value]] = {
    "expression": _expression,
    "literal_value": _literal,
    "collection_value": _collection,
    "tuple": _tuple,
    "object": _object,
    "variable_expr": _variable,
    "function_call": _function,
    "conditional": _conditional,
    "operation": _operation,
    "for_expr": _for,
    "template_expr": _template,
}
