"""Makes repositories of Terraform modules to measure on: the same bytes for the same seed and number.

`python tests/bench/corpus.py DIRECTORY [MODULES]`. The shape is that of public module repositories: 218
modules have 873 files, most of a page or two, a few of very many inputs.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

MODULES = 218
SEED = 20261121

NOUNS = [
    "bucket",
    "queue",
    "topic",
    "cluster",
    "table",
    "role",
    "policy",
    "subnet",
    "endpoint",
    "alarm",
    "record",
    "key",
    "stream",
    "cache",
    "gateway",
]
TRAITS = [
    "name",
    "enabled",
    "arn",
    "size",
    "mode",
    "tags",
    "timeout",
    "retention",
    "class",
    "version",
    "prefix",
    "zone",
    "port",
    "count",
    "owner",
]
TYPES = (
    ("string", '"standard"'),
    ("bool", "false"),
    ("number", "30"),
    ("list(string)", '["a", "b"]'),
    ("map(string)", "{}"),
    ("any", "null"),
    ('map(object({\n    size = number\n    mode = optional(string, "fast")\n    tags = any\n  }))', "{}"),
)


def write(root: Path, modules: int = MODULES, seed: int = SEED) -> int:
    """Write a root module and others under `root`/modules; return how many files that makes."""
    files = 0
    for number in range(modules):
        dice = random.Random(f"{seed}-{number}")
        folder = root / "modules" / f"{_name(dice)}-{number:05}" if number else root
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in _module(dice, with_roles=not number).items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
            files += 1
    return files


def _module(dice: random.Random, *, with_roles: bool) -> dict[str, str]:
    inputs = [f"{_name(dice)}_{number}" for number in range(_many(dice, 8))]
    resources = [f"{_name(dice)}_{number}" for number in range(_many(dice, 3))]
    files = {
        "main.tf": _locals(dice, inputs) + "".join(_resource(dice, name, inputs) for name in resources),
        "variables.tf": "\n".join(_variable(dice, name) for name in inputs),
        "outputs.tf": "\n".join(_output(dice, name) for name in resources),
        "versions.tf": _versions(dice),
    }
    if with_roles:
        files["roles.tf"] = _role("this")
    return files


def _many(dice: random.Random, median: int) -> int:
    """Return a number of things: most modules have few, some ten times as many."""
    return max(1, min(150, round(dice.lognormvariate(0, 0.9) * median)))


def _name(dice: random.Random) -> str:
    return f"{dice.choice(NOUNS)}_{dice.choice(TRAITS)}"


def _sentence(dice: random.Random) -> str:
    words = [dice.choice(NOUNS + TRAITS) for _ in range(dice.randint(5, 22))]
    return f"The {' '.join(words)} of `{_name(dice)}`."


def _variable(dice: random.Random, name: str) -> str:
    type_, default = dice.choice(TYPES)
    lines = [f'variable "{name}" {{']
    if dice.random() < 0.15:
        lines += [
            "  description = <<-EOT",
            *(f"    {_sentence(dice)}" for _ in range(dice.randint(2, 6))),
            "  EOT",
        ]
    else:
        lines += [f'  description = "{_sentence(dice)}"']
    lines += [f"  type        = {type_}"]
    if dice.random() < 0.8:
        lines += [f"  default     = {default}"]
    if dice.random() < 0.1:
        lines += [
            "",
            "  validation {",
            f"    condition     = var.{name} != null",
            f'    error_message = "{name} must be given."',
            "  }",
        ]
    return "\n".join([*lines, "}", ""])


def _locals(dice: random.Random, inputs: list[str]) -> str:
    lines = [f"  {name} = try(var.{name}, null)" for name in inputs[: dice.randint(1, 5)]]
    return "\n".join(["locals {", *lines, "}", "", ""])


def _resource(dice: random.Random, name: str, inputs: list[str]) -> str:
    lines = [
        f'resource "aws_{dice.choice(NOUNS)}_{dice.choice(NOUNS)}" "{name}" {{',
        "  count = var.create ? 1 : 0",
        "",
    ]
    lines += [f"  {dice.choice(TRAITS)}_{n} = var.{dice.choice(inputs)}" for n in range(dice.randint(3, 12))]
    for _ in range(dice.randint(0, 3)):
        lines += [
            "",
            f'  dynamic "{dice.choice(NOUNS)}" {{',
            f"    for_each = {{ for key, one in var.{dice.choice(inputs)} : key => one if one != null }}",
            "",
            "    content {",
            *(
                f'      {trait} = lookup({dice.choice(NOUNS)}.value, "{trait}", null)'
                for trait in TRAITS[: dice.randint(2, 8)]
            ),
            "    }",
            "  }",
        ]
    comment = f"# {_sentence(dice)}\n" if dice.random() < 0.4 else ""
    return comment + "\n".join(
        [*lines, "", f'  tags = merge(var.tags, {{ Name = "${{local.{inputs[0]}}}-{name}" }})', "}", "", ""]
    )


def _output(dice: random.Random, name: str) -> str:
    value = f'try(aws_{dice.choice(NOUNS)}_{dice.choice(NOUNS)}.{name}[0].arn, "")'
    return f'output "{name}" {{\n  description = "{_sentence(dice)}"\n  value       = {value}\n}}\n'


def _versions(dice: random.Random) -> str:
    return f"""terraform {{
  required_version = ">= 1.{dice.randint(0, 9)}"

  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = ">= {dice.randint(4, 6)}.{dice.randint(0, 40)}"
    }}
  }}
}}
"""


def _role(name: str) -> str:
    return f"""data "aws_iam_policy_document" "{name}" {{
  statement {{
    actions   = ["sts:AssumeRole"]
    resources = ["*"]
  }}
}}
"""


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else MODULES), "files")
