"""Pages by Jinja templates: those of a folder that the user names go before ours."""

from __future__ import annotations

import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from s_infra.docs import reading, tables
from s_infra.docs.code_marks import fenced, inline
from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from s_infra.docs.fields import Field

OURS = os.path.join(os.path.dirname(__file__), "templates")  # noqa: PTH118, PTH120
# What an expression of a template may raise, beside Jinja's own.
OWN_ERRORS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def page(name: str, folder: str, given: Mapping[str, Any]) -> str:
    """Return the page that the template `name` makes of what it is given; `folder` may be empty.

    Raises:
        SInfraError: The template isn't there, can't be read or fails.
    """
    try:
        text = _environment(folder).get_template(name).render(given)
    except jinja2.TemplateSyntaxError as error:
        where = f"{error.filename or name}:{error.lineno}"
        raise SInfraError(f"the template can't be read: {error.message}", which=where) from error
    except (jinja2.TemplateError, *OWN_ERRORS) as error:
        raise SInfraError(
            f"the template fails: {error}",
            which=_place(error) or name,
            next_step="mend it; what it is given stands in s_infra/docs/module_page.py",
        ) from error
    return text.replace("\r\n", "\n").strip("\n") + "\n"


@cache
def _environment(folder: str) -> jinja2.Environment:
    def load(name: str) -> tuple[str, str, None] | None:
        for place in (folder, OURS):
            path = os.path.join(place, name)  # noqa: PTH118
            if place and reading.is_file(path):
                try:
                    return reading.file(path).decode(), path, None
                except (OSError, UnicodeDecodeError) as error:
                    raise SInfraError(f"the template can't be read: {error}", which=path) from error
        return None

    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.FunctionLoader(load),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters.update(
        escaped=escaped, code=inline, fenced=fenced, field_table=_field_table, module_table=_module_table
    )
    return environment


def escaped(text: str) -> str:
    """Return a name as Markdown shows it."""
    return re.sub(r"([_*<>\[\]`\\])", r"\\\1", text)


def _field_table(fields: Iterable[Field]) -> str:
    head = ["Field", "Description", "Type", "Default"]
    rows = [
        (
            inline(one.path),
            one.description,
            inline(one.type),
            "required" if one.default_text is None else inline(one.default_text),
        )
        for one in fields
    ]
    return tables.table(head, rows)


def _module_table(modules: Iterable[Mapping[str, str]]) -> str:
    return tables.table(
        ["Module", "What it is"],
        [(f"[{escaped(one['name'])}]({one['path']})", one["summary"]) for one in modules],
    )


def _place(error: Exception) -> str:
    """Return the template's file and line at which it failed."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith(".j2"):
            place = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
