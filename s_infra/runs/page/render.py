"""Turns what is known of a run into the page: HTML, CSS and SVG in one file that asks nobody for anything."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from s_infra.runs.page import layout, plots
from s_infra.text import four_digits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s_infra.runs.page.facts import Facts
    from s_infra.runs.page.history import Status, Visit

MOST_VISITS, TABLE_ROWS, PLOTTED_COLUMNS = 300, 12, 3
# What a state shows if it was visited several times: the first of these that one visit has.
ORDER: tuple[Status, ...] = ("running", "failed", "stopped", "caught", "succeeded")
WORDS = {
    "NumericGreaterThan": ">",
    "NumericGreaterThanEquals": "≥",
    "NumericLessThan": "<",
    "NumericLessThanEquals": "≤",
}
GOOD = ("registered", "scored", "succeeded")
BAD = ("failed", "timed_out", "aborted")


def page(facts: Facts) -> str:
    """Return the whole page."""
    styles = _read("page.css")
    digest = base64.b64encode(hashlib.sha256(styles.encode()).digest()).decode()
    gate = facts.record.get("gate")
    threshold = float(gate["threshold"]) if gate else None
    return (
        _templates()
        .get_template("page.html.j2")
        .render(
            facts=facts,
            styles=Markup(styles),  # noqa: S704 - our own file
            styles_digest=digest,
            tone="good" if facts.status in GOOD else "bad" if facts.status in BAD else "other",
            drawing=layout.place(facts.graph),
            states=_states(facts),
            taken=facts.progress.taken,
            times=_times(facts),
            trials=plots.of_trials(facts.tuning, threshold) if facts.tuning else [],
            spread=_spread(facts),
            gate=gate,
            words=WORDS,
            table_rows=TABLE_ROWS,
            links=list(_links(facts)),
        )
    )


@lru_cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("s_infra.runs.page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "seconds": seconds,
        "bytes": size,
        "when": when,
        "measured": measured,
        "pretty": pretty,
        "shortened": four_digits,
    }
    return environment


def _read(name: str) -> str:
    return resources.files("s_infra.runs.page").joinpath("templates", name).read_text(encoding="utf-8")


def _states(facts: Facts) -> dict[str, dict[str, Any]]:
    """Return how each state of the graph stands, by its name."""
    visited: defaultdict[str, list[Visit]] = defaultdict(list)
    for visit in facts.progress.visits:
        visited[visit.state].append(visit)
    numbers = {id(visit): number for number, visit in enumerate(facts.progress.visits[:MOST_VISITS])}
    shown = {}
    for state in facts.graph.walk():
        visits = visited[state.name]
        counts = Counter(visit.status for visit in visits)
        status = next((one for one in ORDER if counts[one]), "skipped")
        taken = sum(visit.seconds(facts.asked) for visit in visits)
        shown[state.name] = {
            "status": status,
            "visits": len(visits),
            "retries": sum(visit.retries for visit in visits),
            "seconds": taken,
            "row": next((numbers[id(one)] for one in visits if id(one) in numbers), None),
            "told": _told(state.type, status, len(visits), taken),
        }
    return shown


def _told(kind: str, status: str, visits: int, taken: float) -> str:
    if not visits:
        return f"{kind}, not taken"
    times = f" {visits} times" if visits > 1 else ""
    return f"{kind}, {status}{times}, {seconds(taken)}"


def _times(facts: Facts) -> dict[str, Any]:
    """Return a row a visit: where its bars lie, in per cent of the run's time."""
    begun: datetime = facts.execution["startDate"]
    whole = max(facts.seconds, 1e-3)

    def share(moment: datetime | None) -> float:
        return max(0.0, min(100.0, 100 * ((moment or facts.asked) - begun).total_seconds() / whole))

    rows = [
        {
            "visit": visit,
            "seconds": visit.seconds(facts.asked),
            "bars": [
                {
                    "x": share(span.begun),
                    "width": share(span.ended) - share(span.begun),
                    "failed": span.failed,
                }
                for span in visit.spans
            ],
        }
        for visit in facts.progress.visits[:MOST_VISITS]
    ]
    return {"rows": rows, "left_out": len(facts.progress.visits) - len(rows)}


def _spread(facts: Facts) -> list[plots.Plot]:
    found = facts.predictions
    if found is None:
        return []
    columns = range(min(PLOTTED_COLUMNS, len(found.header)))
    drawn = (plots.of_values(found.header[column], found.column(column)) for column in columns)
    return [plot for plot in drawn if plot is not None]


def _links(facts: Facts) -> Iterable[tuple[str, str, str | None]]:
    """Yield what the run used and made: what it is, its name, and where AWS's console shows it."""
    there, record = facts.console, facts.record
    yield "execution", facts.execution["executionArn"], there.execution(facts.execution["executionArn"])
    if facts.tuning:
        yield "tuning job", facts.tuning.job, there.sagemaker("hyper-tuning-jobs", facts.tuning.job)
    model, endpoint = record.get("model") or {}, record.get("endpoint") or {}
    if model:
        yield "model", model["name"], there.sagemaker("models", model["name"])
    if model.get("artifact", "").startswith("s3://"):
        bucket, _, key = model["artifact"].removeprefix("s3://").partition("/")
        yield "artifact", model["artifact"], there.object(bucket, key)
    if endpoint.get("name"):
        yield "endpoint", endpoint["name"], there.sagemaker("endpoints", endpoint["name"])
    if facts.predictions:
        where = facts.predictions
        yield "predictions", f"s3://{where.bucket}/{where.prefix}", there.folder(where.bucket, where.prefix)


def seconds(value: float) -> str:
    """Return a duration for a person."""
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.2f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def size(value: float) -> str:
    """Return a number of bytes for a person."""
    if value < 1000:
        return f"{value:.0f} B"
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 1000:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"


def when(moment: datetime) -> str:
    """Return a moment in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def measured(value: Any) -> str:
    """Return a metric in six digits, or what stands there if it is no number."""
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)


def pretty(text: str) -> str:
    """Return JSON with line breaks; any other text as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
