"""The pages of a repository: a README for every module under its roots, and an index for every root."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from s_infra.docs import markers, module_page, page_templates, runs, writing
from s_infra.docs.repository import LEFT_OUT
from s_infra.docs.runs import Page
from s_infra.docs.tree import modules_under
from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s_infra.docs.receipts import Receipt
    from s_infra.docs.repository import Repository


def modules(repository: Repository) -> dict[str, str]:
    """Return the modules' folders, each with the root that it's under; of two roots, the first."""
    found: dict[str, str] = {}
    for root in repository.roots:
        for module in modules_under(root, LEFT_OUT):
            found.setdefault(os.path.normpath(module), root)
    if not found:
        raise SInfraError(
            "there is no module to document",
            which=", ".join(repository.roots),
            next_step="name the folders that hold modules by --root",
        )
    return found


def write(repository: Repository, receipt: Receipt, stale: runs.Stale | None = None) -> runs.Outcome:
    """Write the pages, or with `stale` tell which are; see `runs.write`.

    Raises:
        SInfraError: A page can't be made or written.
    """
    found = modules(repository)
    page_of = partial(_module_page, roots=found, repository=repository)
    then = partial(_indexes, roots=found, repository=repository)
    return runs.write(list(found), page_of, receipt, then=then, stale=stale)


def _module_page(module: str, roots: Mapping[str, str], repository: Repository) -> Page:
    given = module_page.about(Path(module), roots[module], repository)
    text = _injected(os.path.join(module, "README.md"), "module.md.j2", given, repository)  # noqa: PTH118
    return text._replace(of=module, summary=module_page.summary(given["overview"]))


def _indexes(
    summaries: list[tuple[str, str]], roots: Mapping[str, str], repository: Repository
) -> Iterator[Page]:
    """Yield a list of modules for each root that isn't a module itself."""
    for root in repository.roots:
        listed = [
            {"name": os.path.relpath(module, root), "path": os.path.relpath(module, root), "summary": summary}
            for module, summary in summaries
            if roots[module] == root
        ]
        if root not in (".", roots.get(root)):
            given = {"title": repository.title(root), "parent": repository.title(root), "modules": listed}
            page = _injected(os.path.join(root, "README.md"), "index.md.j2", given, repository)  # noqa: PTH118
            yield page._replace(of=root)


def _injected(path: str, template: str, given: Mapping[str, object], repository: Repository) -> Page:
    """Return the page with its generated part renewed; a new page begins with its front matter."""
    block = page_templates.page(template, repository.templates, given)
    text = writing.read(Path(path))
    if text is None:
        text = page_templates.page(f"front_matter_{template}", repository.templates, given)
    return Page(path, markers.inject(text, block, path), of=path)
