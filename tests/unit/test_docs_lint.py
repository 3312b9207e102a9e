"""The lint of documentation finds what it is for, and nothing in this repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from s_infra.docs.lint import findings
from s_infra.docs.tree import modules_under
from s_infra.errors import SInfraError

REPOSITORY = Path(__file__).parents[2]

BAD = """variable "unsaid" {
  type = string
}

variable "untyped" {
  description = "What it is."
}

# docs-ignore: unused
# Kept for callers that give it.
variable "retired" {
  description = "Means nothing."
  type        = string
}

locals {
  used = var.unsaid
  lost = local.used
}

data "aws_region" "lost" {}

output "unsaid" {
  value = "${var.untyped}${local.used}"
}
"""


def test_everything_that_it_is_for_is_found(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(BAD)
    assert [f"{one.line} {one.rule} {one.message}" for one in findings(tmp_path)] == [
        "1 blank-header the module doesn't say what it is: begin main.tf with a comment /** ... */",
        "1 undescribed the input unsaid has no description",
        "5 untyped the input untyped has no type",
        "18 unused nothing uses local.lost",
        "21 unused nothing uses data.aws_region.lost",
        "23 undescribed the output unsaid has no description",
    ]
    assert str(findings(tmp_path)[3]) == f"{tmp_path}/main.tf:18: nothing uses local.lost (unused)"


def test_a_field_is_told_of_by_a_comment_or_by_its_inputs_description(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        """/**
 * A module.
 */
variable "rules" {
  description = "Rules by name, each with a port."
  type = map(object({
    port = number
    # Addresses that may come in.
    from = list(object({ cidr = string }))
    note = optional(string) # Why.
  }))
}

output "rules" {
  description = "The rules."
  value       = var.rules
}
"""
    )
    (found,) = findings(tmp_path)
    assert (found.rule, found.message) == (
        "undescribed-field",
        "the field rules[*].from[*].cidr has no comment",
    )


def test_what_only_checks_itself_is_unused_but_a_condition_of_a_data_source_is_a_use(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        """/**
 * A module.
 */
variable "checked" {
  description = "Checked, and used by nobody."
  type        = number

  validation {
    condition     = var.checked > 0
    error_message = "More."
  }
}

data "aws_region" "this" {
  lifecycle {
    postcondition {
      condition     = self.id != ""
      error_message = "Where?"
    }
  }
}
"""
    )
    assert [one.message for one in findings(tmp_path)] == ["nothing uses var.checked"]


def test_modules_are_found_without_following_links_round(tmp_path: Path) -> None:
    for name in ("a", "a/examples/b", ".terraform/c", "d/e"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "main.tf").touch()
    (tmp_path / "d/round").symlink_to(tmp_path)
    (tmp_path / "d/e/itself").symlink_to("itself")
    found = [os.path.relpath(one, tmp_path) for one in modules_under(str(tmp_path))]
    assert found == ["a", "a/examples/b", "d/e"]
    assert modules_under(str(tmp_path / "a"), {"examples"}) == [str(tmp_path / "a")]
    with pytest.raises(SInfraError, match="can't look into"):
        modules_under(str(tmp_path / "none"))
