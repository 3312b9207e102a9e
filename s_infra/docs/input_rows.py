"""What options of ours add to the rows of inputs: fields, rules and groups; sensitive defaults masked."""

from __future__ import annotations

from s_infra.docs import details, syntax
from s_infra.docs.fields import fields
from s_infra.docs.model import Variable
from s_infra.docs.values import NotConstantError, constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from s_infra.docs.fields import Field
    from s_infra.docs.model import Module, Value
    from s_infra.docs.settings import Settings


def grouped(module: Module, inputs: list[Variable], settings: Settings) -> list[tuple[str, list[Variable]]]:
    """Return the rows with their group's title, those of no group first."""
    groups = details.groups(module) if settings.groups else {}
    found: dict[str, list[Variable]] = {"": []} if not groups else {}
    for one in sorted(inputs, key=lambda one: one.name in groups):
        found.setdefault(groups.get(one.name, ""), []).extend(_rows(one, settings))
    return list(found.items())


def _rows(one: Variable, settings: Settings) -> Iterator[Variable]:
    """Yield an input, and its fields if they are asked for."""
    if settings.mask_sensitive:
        one = details.masked(one)
    if settings.groups:
        one = one._replace(description=details.without_group(one.description))
    if settings.validations and one.validations:
        rules = "\n".join(f"- {rule.error_message}" for rule in one.validations)
        one = one._replace(description=f"{one.description.rstrip()}\n\nRules:\n\n{rules}".lstrip())
    yield one
    if settings.fields:
        yield from (_row(field, one) for field in fields(one.name, one.type))


def _row(field: Field, of: Variable) -> Variable:
    return Variable(
        name=field.path,
        type=field.type,
        description=field.description,
        default_text=field.default_text,
        default=_value(field.default_text),
        nullable=True,
        sensitive=of.sensitive,
        ephemeral=of.ephemeral,
        validations=(),
        at=of.at,
    )


def _value(text: str | None) -> Value:
    if text is None:
        return None
    source = syntax.parse("default", f"default = {text}\n".encode())
    try:
        return constant(source, syntax.attributes(source, source.body)["default"])
    except NotConstantError:
        return text
