"""Dashboards: kept as they are given, after a look at whether a console could show them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.cloudwatch.errors import CloudWatchError, bad_value
from s_infra.sandbox.services.cloudwatch.paging import page

if TYPE_CHECKING:
    from s_infra.sandbox.services.cloudwatch.service import CloudWatch

Fields = Mapping[str, Any]
NAME = re.compile(r"[0-9A-Za-z_-]{1,255}")
TYPES = ("metric", "text", "log", "alarm", "explorer")
# What the properties of a widget must have; a metric's may have an alarm to show instead.
NEEDED = {
    "text": ("markdown",),
    "log": ("query", "region"),
    "alarm": ("alarms",),
    "metric": ("metrics",),
    "explorer": ("metrics",),
}
SIZES = {"x": (0, 23), "y": (0, 10**6), "width": (1, 24), "height": (1, 1000)}
MOST_WIDGETS = 500
LISTED = 1000


def put(service: CloudWatch, given: Fields) -> Fields:
    """PutDashboard."""
    name = given["DashboardName"]
    if NAME.fullmatch(name) is None:
        raise _invalid("The dashboard's name may have only A-Z, a-z, 0-9, - and _.")
    try:
        content = json.loads(given["DashboardBody"])
    except ValueError as error:
        raise _invalid(f"The field DashboardBody must be a valid JSON object: {error}") from error
    problems = list(_problems(content))
    if problems:
        found = "; ".join(f"{path}: {text}" for path, text in problems)
        raise _invalid(f"The dashboard is invalid, there are {len(problems)} validation errors: {found}")
    service.dashboards[name] = {"body": given["DashboardBody"], "changed": service.clock.now()}
    return {"DashboardValidationMessages": []}


def get(service: CloudWatch, given: Fields) -> Fields:
    """GetDashboard."""
    name = given["DashboardName"]
    found = _found(service, name)
    return {"DashboardArn": _arn(service, name), "DashboardBody": found["body"], "DashboardName": name}


def delete(service: CloudWatch, given: Fields) -> Fields:
    """DeleteDashboards: all or none."""
    for name in given["DashboardNames"]:
        _found(service, name)
    for name in given["DashboardNames"]:
        service.dashboards.pop(name, None)
    return {}


def list_dashboards(service: CloudWatch, given: Fields) -> Fields:
    """ListDashboards."""
    prefix = given.get("DashboardNamePrefix") or ""
    entries = [
        {
            "DashboardName": name,
            "DashboardArn": _arn(service, name),
            "LastModified": found["changed"],
            "Size": len(found["body"].encode()),
        }
        for name, found in sorted(service.dashboards.items())
        if name.startswith(prefix)
    ]
    return page("DashboardEntries", entries, given.get("NextToken"), LISTED)


def _problems(content: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(content, dict):
        yield "/", "Should be an object"
        return
    widgets = content.get("widgets")
    if not isinstance(widgets, list):
        yield "/widgets", "Should be an array"
        return
    if len(widgets) > MOST_WIDGETS:
        yield "/widgets", f"Should have at most {MOST_WIDGETS} widgets"
    for number, widget in enumerate(widgets):
        yield from _widget(f"/widgets/{number}", widget)


def _widget(path: str, widget: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(widget, dict):
        yield path, "Should be an object"
        return
    kind = widget.get("type")
    if kind not in TYPES:
        yield f"{path}/type", f"Should match exactly one of {', '.join(TYPES)}"
        return
    for name, (low, high) in SIZES.items():
        size = widget.get(name, low)
        if not isinstance(size, int) or isinstance(size, bool) or not low <= size <= high:
            yield f"{path}/{name}", f"Should be an integer from {low} to {high}"
    properties = widget.get("properties")
    if not isinstance(properties, dict):
        yield f"{path}/properties", "Should be an object"
        return
    annotated = "alarms" in (properties.get("annotations") or {})
    for name in NEEDED[kind]:
        if name not in properties and not (kind == "metric" and annotated):
            yield f"{path}/properties", f"Should have required property '{name}'"
    if kind == "metric" and not annotated and not isinstance(properties.get("metrics", []), list):
        yield f"{path}/properties/metrics", "Should be an array"


def _found(service: CloudWatch, name: str) -> dict[str, Any]:
    if not name:
        raise bad_value("The parameter DashboardName is required.")
    if name not in service.dashboards:
        message = f"Dashboard {name} does not exist"
        raise CloudWatchError("DashboardNotFoundError", "ResourceNotFound", message, 404)
    return service.dashboards[name]


def _invalid(message: str) -> CloudWatchError:
    return CloudWatchError("DashboardInvalidInputError", "InvalidParameterInput", message)


def _arn(service: CloudWatch, name: str) -> str:
    # Dashboards are global.
    return f"arn:aws:cloudwatch::{service.base.account_id}:dashboard/{name}"
