"""JSONata as state machines use it: `{% … %}` in strings, `$states`, variables, AWS's own functions."""

from __future__ import annotations

import hashlib
import json
import math
import random
import uuid
from typing import TYPE_CHECKING, Any

from jsonata import Jsonata
from jsonata.jexception import JException
from jsonata.utils import Utils

from s_infra.sandbox.services.stepfunctions.errors import QUERY_EVALUATION, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EVALUATION_TIMEOUT_MS = 1000
HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def is_expression(value: object) -> bool:
    """Tell whether `value` is a string that is one expression."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def syntax_error(value: str) -> str | None:
    """Return why the expression can't be parsed, or None."""
    try:
        Jsonata.jsonata(_inner(value))
    except JException as error:
        return str(error)
    return None


def names() -> frozenset[str]:
    """Return the functions that an expression can call, without their dollar signs."""
    Jsonata.jsonata("null")
    return (frozenset(Jsonata.static_frame.bindings) | FUNCTIONS.keys()) - {MISSING}


def evaluate(template: Any, states: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    """Return `template` with each expression in it replaced by its value.

    Raises StateError `States.QueryEvaluationError` when one fails or gives nothing.
    """
    if isinstance(template, str):
        return _value(template, states, variables) if is_expression(template) else template
    if isinstance(template, dict):
        return {key: evaluate(value, states, variables) for key, value in template.items()}
    if isinstance(template, list):
        return [evaluate(value, states, variables) for value in template]
    return template


def _value(text: str, states: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    bindings = {name: Utils.NULL_VALUE if value is None else value for name, value in variables.items()}
    bindings["states"] = states
    try:
        expression = Jsonata.jsonata(_inner(text), timeout=EVALUATION_TIMEOUT_MS)
        # So that null and "no result" can be told apart.
        expression.set_output_convert_nulls(False)
        for name, function in FUNCTIONS.items():
            expression.register_lambda(name, function)
        result = expression.evaluate(None, bindings)
        if result is not None:
            return _plain(Utils.convert_nulls(result))
    except (JException, TypeError, ValueError, ArithmeticError, KeyError, RecursionError) as error:
        raise StateError(
            QUERY_EVALUATION, f"The JSONata expression '{_inner(text)}' failed: {error}"
        ) from error
    raise StateError(
        QUERY_EVALUATION,
        f"The JSONata expression '{_inner(text)}' returned nothing (undefined), which JSON cannot represent.",
    )


def _inner(text: str) -> str:
    return text[2:-2].strip()


def _plain(result: Any) -> Any:
    # JSONata's sequences and numbers become the ones of JSON; a function among them is an error.
    return json.loads(json.dumps(result, allow_nan=False))


def _hash(text: str, algorithm: str) -> str:
    if algorithm not in HASHES:
        raise ValueError(f"$hash knows {', '.join(HASHES)}, not {algorithm}")
    return hashlib.new(HASHES[algorithm], text.encode()).hexdigest()


def _partition(values: list[Any], size: float) -> list[list[Any]]:
    step = math.floor(size)
    if step < 1:
        raise ValueError("$partition needs a size of at least 1")
    return [values[start : start + step] for start in range(0, len(values), step)]


def _range(first: float, last: float, step: float) -> list[int]:
    low, high, width = math.floor(first), math.floor(last), math.floor(step)
    if width == 0:
        raise ValueError("$range needs a step other than 0")
    return list(range(low, high + (1 if width > 0 else -1), width))


def _random(seed: float | None = None) -> float:
    generator = random.Random() if seed is None else random.Random(math.floor(seed))  # noqa: S311
    return generator.random()


def _uuid() -> str:
    return str(uuid.uuid4())


def _parse(text: str) -> Any:
    return json.loads(text)


def _eval(text: str) -> Any:
    raise ValueError(f"$eval isn't available in state machines (of JSON, $parse is): {text}")


# State machines have all of JSONata's functions but this one.
MISSING = "eval"
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    MISSING: _eval,
    "hash": _hash,
    "parse": _parse,
    "partition": _partition,
    "random": _random,
    "range": _range,
    "uuid": _uuid,
}
