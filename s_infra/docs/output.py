"""Where a page goes when it goes into a file: replaced, or put between the markers of its template."""

from __future__ import annotations

import re
from pathlib import Path

from s_infra.docs import markers, writing
from s_infra.docs.content import fill
from s_infra.errors import SInfraError

_COMMENT = re.compile(r"""<!--.*-->|\[(?://|comment)?\]: # (?:\(.*\)|".*"|'.*')""")
_CONTENT = "{{ .Content }}"


def into_file(directory: str, file: str, mode: str, template: str, page: str) -> tuple[str, str]:
    """Return the path and the new text of the file that a module's page goes into.

    Raises:
        SInfraError: The template isn't one, or the file's markers are not a pair.
    """
    path = Path(directory) / file
    if mode == "replace":
        return str(path), _filled(template, page) if template.strip() else page
    if mode != "inject":
        raise SInfraError("there is no such output mode", which=mode, next_step="take inject or replace")
    lines = template.strip("\n").split("\n")
    if len(lines) < 3 or _CONTENT not in template:
        raise SInfraError(
            "the output template needs three lines: a comment, {{ .Content }} and a comment", which=template
        )
    for line, place in ((lines[0], "begin with"), (lines[-1], "end with")):
        if not _COMMENT.fullmatch(line):
            raise SInfraError(
                f"the output template must {place} a comment",
                which=line or template,
                next_step="write one such as <!-- BEGIN --> or [//]: # (BEGIN)",
            )
    block = _filled("\n".join(lines[1:-1]), page)
    return str(path), _injected(path, block, markers.Markers(lines[0], lines[-1]))


def _injected(path: Path, block: str, pair: markers.Markers) -> str:
    old = writing.read(path)
    if old is None or not old:
        return f"{pair.begin}\n{block}\n{pair.end}"
    if pair.begin not in old and pair.end not in old:
        return f"{old}\n{pair.begin}\n{block}\n{pair.end}"
    return markers.inject(old, block, str(path), pair)


def _filled(template: str, page: str) -> str:
    return fill(template, {"Content": lambda: page}, _no_include, "the output template")


def _no_include(name: str) -> str:
    raise SInfraError("the output template includes no files", which=name)
