"""Small wheels in a folder that uv looks in instead of an index, and projects that need them."""

from __future__ import annotations

import zipfile
from pathlib import Path


def offline(folder: Path) -> dict[str, str]:
    """Return the variables that have uv know this folder alone."""
    return {"UV_FIND_LINKS": str(folder), "UV_NO_INDEX": "1", "UV_OFFLINE": "1"}


def make_wheel(folder: Path, name: str, version: str, tags: str = "py3-none-any", needs: str = "") -> Path:
    """Write a wheel of one module, which knows its version and tags; with a script of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{tags}.whl"
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    wheel = "".join(f"Tag: {tag}\n" for tag in _expanded(tags))
    files = {
        f"{name}.py": f"VERSION = {version!r}\nTAGS = {tags!r}\ndef main() -> None: ...\n",
        f"{info}/METADATA": metadata + (f"Requires-Dist: {needs}\n" if needs else ""),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n{wheel}",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name}-tool = {name}:main\n",
    }
    record = "".join(f"{file},,\n" for file in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in (files | {f"{info}/RECORD": record}).items():
            archive.writestr(file, content)
    return path


def _expanded(tags: str) -> list[str]:
    python, abi, platforms = tags.split("-")
    return [f"{python}-{abi}-{platform}" for platform in platforms.split(".")]


def make_function(folder: Path, requirements: str = "") -> Path:
    """Write a function's folder with a test and a cache that stay out of its zip."""
    (folder / "tests").mkdir(parents=True)
    (folder / "__pycache__").mkdir()
    (folder / "handler.py").write_text("def handle(event, context):\n    return event\n")
    (folder / "tests/test_handler.py").write_text("assert True\n")
    (folder / "__pycache__/handler.pyc").write_bytes(b"0")
    if requirements:
        (folder / "requirements.txt").write_text(requirements)
    return folder
