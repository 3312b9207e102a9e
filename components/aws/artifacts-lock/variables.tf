variable "lock_file" {
  description = "Local path of the artifacts.lock.json that `s-infra wheel build` wrote; artifacts lie beside it."
  type        = string
  nullable    = false

  validation {
    condition     = try(jsondecode(file(var.lock_file)).version == 1, false)
    error_message = "There is no lock of version 1 at the path that lock_file names: run `s-infra wheel build`, and give the path of its artifacts.lock.json from where Terraform runs."
  }
}

variable "target" {
  description = "What the artifacts were built for, such as glue-python-shell-3.9 or lambda-3.13-arm64."
  type        = string
  nullable    = false
}

variable "source_path" {
  description = "Local path of the source whose artifacts are wanted; null for all that were built for the target."
  type        = string
  default     = null
}
