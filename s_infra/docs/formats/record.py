"""A module as the plain data that JSON, YAML, TOML and XML show."""

from __future__ import annotations

from s_infra.docs.formats import ordering

TYPE_CHECKING = False
if TYPE_CHECKING:
    from s_infra.docs.model import Module, Output, Value
    from s_infra.docs.settings import Settings


def record(module: Module, settings: Settings) -> dict[str, Value]:
    """Return the module's fields in their order; a section that isn't shown is empty."""
    shows = settings.shows
    return {
        "header": module.header,
        "footer": module.footer,
        "inputs": [
            {
                "name": item.name,
                "type": ordering.type_text(item),
                "description": item.description or None,
                "default": item.default,
                "required": item.required,
            }
            for item in (ordering.inputs(module, settings) if shows("inputs") else ())
        ],
        "modules": [
            {
                "name": item.name,
                "source": item.source,
                "version": item.version,
                "description": item.description or None,
            }
            for item in (ordering.modules(module, settings) if shows("modules") else ())
        ],
        "outputs": [
            _output(item, settings)
            for item in (ordering.outputs(module, settings) if shows("outputs") else ())
        ],
        "providers": [
            {"name": item.name, "alias": item.alias or None, "version": item.version or None}
            for item in (ordering.providers(module, settings) if shows("providers") else ())
        ],
        "requirements": [
            {"name": item.name, "version": item.version or None}
            for item in (module.requirements if shows("requirements") else ())
        ],
        "resources": [
            {
                "type": ordering.resource_type(item),
                "name": item.name,
                "provider": item.provider,
                "source": item.source,
                "mode": item.mode,
                "version": item.version,
                "description": item.description or None,
            }
            for item in ordering.resources(module, settings)
        ],
    }


def _output(item: Output, settings: Settings) -> dict[str, Value]:
    fields: dict[str, Value] = {"name": item.name, "description": item.description or None}
    if settings.output_values:
        fields["value"] = "<sensitive>" if item.sensitive else item.value
        fields["sensitive"] = item.sensitive
    return fields
