"""What a run is asked to do, by the option names of terraform-docs."""

from __future__ import annotations

from s_infra.docs.records import NamedTuple

SECTIONS = (
    "data-sources",
    "footer",
    "header",
    "inputs",
    "modules",
    "outputs",
    "providers",
    "requirements",
    "resources",
)
SORTS = ("name", "required", "type")


class Settings(NamedTuple):
    """Options that decide what a page shows; the defaults are terraform-docs 0.24's."""

    header_from: str = "main.tf"
    footer_from: str = ""
    hide: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    lockfile: bool = True
    read_comments: bool = True
    sort: bool = True
    sort_by: str = "name"
    output_values: bool = False
    output_values_from: str = ""
    anchor: bool = True
    atx_closed: bool = False
    color: bool = True
    default: bool = True
    description: bool = False
    escape: bool = True
    hide_empty: bool = False
    html: bool = True
    indent: int = 2
    required: bool = True
    sensitive: bool = True
    type: bool = True
    # What terraform-docs doesn't tell; `extras.py` says which format can.
    align: bool = False
    examples: bool = False
    fields: bool = False
    fold: int = 0
    groups: bool = False
    mask_sensitive: bool = False
    sensitive_inputs: bool = False
    validations: bool = False

    def shows(self, section: str) -> bool:
        """Tell whether a section is on the page."""
        if self.show:
            return "all" in self.show or section in self.show
        return "all" not in self.hide and section not in self.hide
