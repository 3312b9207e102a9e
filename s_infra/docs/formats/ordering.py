"""What a page shows of a module, and in which order."""

from __future__ import annotations

from s_infra.docs.formats.go_json import dump

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol, TypeVar

    from s_infra.docs.model import Module, ModuleCall, Output, Position, Provider, Resource, Variable
    from s_infra.docs.settings import Settings

    class _Placed(Protocol):
        @property
        def at(self) -> Position:
            """Where it is declared."""

    _Item = TypeVar("_Item", bound=_Placed)


def inputs(module: Module, settings: Settings) -> list[Variable]:
    """Return the inputs in the order that the settings ask for."""
    keys: dict[str, Callable[[Variable], object]] = {
        "name": lambda item: item.name,
        "required": lambda item: (not item.required, item.name),
        "type": lambda item: (type_text(item), item.name),
    }
    return _sorted(module.inputs, settings, keys)


def outputs(module: Module, settings: Settings) -> list[Output]:
    """Return the outputs, sorted by name."""
    return _sorted(module.outputs, settings, dict.fromkeys(_SORTS, lambda item: item.name))


def modules(module: Module, settings: Settings) -> list[ModuleCall]:
    """Return the modules that are called; a call's type is its source."""
    keys: dict[str, Callable[[ModuleCall], object]] = {
        "name": lambda item: item.name,
        "required": lambda item: item.name,
        "type": lambda item: (item.source, item.name),
    }
    return _sorted(module.modules, settings, keys)


def providers(module: Module, settings: Settings) -> list[Provider]:
    """Return the provider configurations, sorted by name and alias."""
    return _sorted(module.providers, settings, dict.fromkeys(_SORTS, lambda item: (item.name, item.alias)))


def resources(module: Module, settings: Settings) -> list[Resource]:
    """Return the resources and data sources that the page shows, resources first."""
    wanted = {"managed": settings.shows("resources"), "data": settings.shows("data-sources")}
    shown = [item for item in module.resources if wanted.get(item.mode)]
    return sorted(shown, key=lambda item: (item.mode == "data", resource_name(item)))


def has_resources(module: Module) -> bool:
    """Tell whether there are resources or data sources, shown or not."""
    return any(item.mode != "ephemeral" for item in module.resources)


def full_provider(item: Provider) -> str:
    """Return `name` or `name.alias`."""
    return f"{item.name}.{item.alias}" if item.alias else item.name


def resource_type(item: Resource) -> str:
    """Return a resource's type without its provider's prefix."""
    return item.type.removeprefix(f"{item.provider}_")


def resource_name(item: Resource) -> str:
    """Return a resource's address, with the name of its provider in front of the type."""
    return f"{item.provider}_{resource_type(item)}.{item.name}"


def resource_kind(item: Resource) -> str:
    """Return what a page calls the resource's mode."""
    return "data source" if item.mode == "data" else "resource"


def resource_link(item: Resource) -> str:
    """Return the resource's page in Terraform's registry; empty for a provider of another registry."""
    if item.source.count("/") > 1:
        return ""
    folder = "data-sources" if item.mode == "data" else "resources"
    root = "https://registry.terraform.io/providers"
    return f"{root}/{item.source}/{item.version}/docs/{folder}/{resource_type(item)}"


def type_text(item: Variable) -> str:
    """Return an input's type: as written, else what its default tells."""
    if item.type:
        return item.type
    match item.default:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "list"
        case dict():
            return "map"
    return "any"


def output_text(item: Output) -> str:
    """Return an output's value, or what stands for one that is sensitive."""
    return "<sensitive>" if item.sensitive else dump(item.value, html=True)


_SORTS = ("name", "required", "type")


def _sorted(
    items: Sequence[_Item], settings: Settings, keys: dict[str, Callable[[_Item], object]]
) -> list[_Item]:
    if not settings.sort:
        return sorted(items, key=lambda item: item.at)
    return sorted(items, key=keys[settings.sort_by])  # type: ignore[arg-type]
