"""The formats of terraform-docs 0.24, byte for byte: each takes a module and settings and returns a page."""

from __future__ import annotations

from s_infra.errors import SInfraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from s_infra.docs.model import Module
    from s_infra.docs.settings import Settings

FORMATS = {
    "asciidoc-document": "asciidoc_document",
    "asciidoc-table": "asciidoc_table",
    "json": "json_page",
    "markdown-document": "markdown_document",
    "markdown-table": "markdown_table",
    "pretty": "pretty",
    "tfvars-hcl": "tfvars_hcl",
    "tfvars-json": "tfvars_json",
    "toml": "toml_page",
    "xml": "xml_page",
    "yaml": "yaml_page",
}
_ALIASES = {"md": "markdown", "adoc": "asciidoc", "doc": "document", "tbl": "table"}
_EXTENSIONS = {
    "asciidoc": ".adoc",
    "markdown": ".md",
    "pretty": ".txt",
    "tfvars-hcl": ".tfvars",
    "tfvars-json": ".tfvars.json",
}


def is_format(name: str) -> bool:
    """Tell whether a format goes by that name."""
    return _spelled_out(name) in FORMATS


def full_name(name: str) -> str:
    """Return a format's name for any spelling of it: `markdown table`, `md`, `adoc-document`, ..."""
    full = _spelled_out(name)
    if full not in FORMATS:
        raise SInfraError(
            "there is no such format", which=name or "(none)", next_step=f"take one of {', '.join(FORMATS)}"
        )
    return full


def _spelled_out(name: str) -> str:
    family, _, kind = name.replace(" ", "-").partition("-")
    family = _ALIASES.get(family, family)
    if family in {"markdown", "asciidoc"}:
        kind = _ALIASES.get(kind, kind) or "table"
    return f"{family}-{kind}" if kind else family


def extension(name: str) -> str:
    """Return what the name of a page in this format ends in."""
    return _EXTENSIONS.get(name) or _EXTENSIONS.get(name.partition("-")[0]) or f".{name}"


def render(name: str, module: Module, settings: Settings) -> str:
    """Return a module's page, without a newline at its end."""
    page: Callable[[Module, Settings], str] = __import__(
        f"s_infra.docs.formats.{FORMATS[name]}", fromlist=["render"]
    ).render
    return page(module, settings)
