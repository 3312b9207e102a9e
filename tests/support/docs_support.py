"""A small repository of modules, and `s-infra docs` run in it as its users run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = str(Path(sys.executable).with_name("s-infra"))

STORE = """/**
 * A store for things.
 *
 * It keeps them.
 */
resource "aws_s3_bucket" "this" {
  bucket = var.name
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
}
"""
STORE_INPUTS = """variable "name" {
  description = "What it is called."
  type        = string

  validation {
    condition     = length(var.name) > 3
    error_message = "A name has more than three letters."
  }
}

# group: Rules and secrets

variable "rules" {
  description = "Who may come in."
  type = list(object({
    # Name of the rule.
    name = string
    port = optional(number, 443) # Where it listens.
  }))
  default = []
}

variable "secret" {
  description = "What nobody may see."
  type        = string
  default     = "hunter2"
  sensitive   = true
}

variable "long" {
  description = "A long default."
  type        = map(string)
  default = {
    a = "1"
    b = "2"
    c = "3"
    d = "4"
    e = "5"
    f = "6"
    g = "7"
    h = "8"
  }
}
"""
MACHINE = """{"Comment": "Greets.", "StartAt": "Greet", "States": {"Greet": {"Type": "Succeed"}}}"""
EXAMPLE = """module "store" {
  source = "../.."
  name   = "example"
}
"""


def repository(root: Path) -> Path:
    """Make a catalog of two modules, one with a machine, an example and usage notes."""
    files = {
        "catalog/aws/my-store/main.tf": STORE,
        "catalog/aws/my-store/variables.tf": STORE_INPUTS,
        "catalog/aws/my-store/outputs.tf": 'output "arn" {\n  description = "Its ARN."\n  value = 1\n}\n',
        "catalog/aws/my-store/USAGE.md": "## Usage\n\nPut things in.\n",
        "catalog/aws/my-store/workflows/greet.asl.json": MACHINE,
        "catalog/aws/my-store/examples/minimal/main.tf": EXAMPLE,
        "catalog/aws/queue/main.tf": "/**\n * A queue.\n */\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def docs(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `s-infra docs` in a folder, with a cache of its own beside it."""
    return subprocess.run(
        [PROGRAM, "docs", *arguments],
        cwd=root,
        env={**os.environ, "XDG_CACHE_HOME": str(root.parent / "cache"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def pages(root: Path) -> dict[str, bytes]:
    """Return all files under a folder, by path; no run may leave one that isn't meant."""
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }
