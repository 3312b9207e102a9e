output "artifacts" {
  description = "The artifacts: path, kind (wheel, function or layer), sha256, size in bytes, and source."
  value       = local.artifacts

  precondition {
    condition     = length(local.builds) > 0
    error_message = "The lock has nothing that was built ${var.source_path == null ? "" : "from ${var.source_path} "}for ${var.target}: run `s-infra wheel build ${var.source_path == null ? "SOURCE" : var.source_path} --out ${local.folder} --target ${var.target}`."
  }

  precondition {
    condition     = length(local.stale) == 0
    error_message = "Since the lock was written, this has changed: ${join(", ", local.stale)} (as seen from the lock). Run `s-infra wheel build` for it again, with --out ${local.folder} --target ${var.target}."
  }

  precondition {
    condition     = length(local.damaged) == 0
    error_message = "Missing, or other bytes than the lock says: ${join(", ", local.damaged)}. Run `s-infra wheel build` again, with --out ${local.folder} --target ${var.target}."
  }
}
