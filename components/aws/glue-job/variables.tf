variable "name" {
  description = "Name of the job and of its role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,64}$", var.name))
    error_message = "A job's name has 1 to 64 letters, digits, hyphens and underscores, as its role's name does: shorten it, or take out what else it has."
  }
}

variable "description" {
  description = "What the job is for, in a line."
  type        = string
  default     = "Transforms a landed file."
  nullable    = false
}

variable "script" {
  description = "Local path of the job's Python script."
  type        = string
  nullable    = false

  validation {
    condition     = endswith(var.script, ".py") && fileexists(var.script)
    error_message = "There is no Python script at the path that script names: give the path of a .py file, from where Terraform runs."
  }
}

variable "wheels" {
  description = "Local paths of the wheels that the script imports."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for wheel in var.wheels : endswith(wheel, ".whl") && fileexists(wheel)])
    error_message = "A path in wheels names no .whl file: build it first with `s-infra wheel build`, and give its path from where Terraform runs."
  }

  validation {
    condition     = length(distinct([for wheel in var.wheels : basename(wheel)])) == length(var.wheels)
    error_message = "Two wheels have the same file name: keep one of them."
  }
}

variable "artifacts_lock" {
  description = "Local path of the artifacts.lock.json that `s-infra wheel build` wrote with the target glue-python-shell-3.9 or, for a Spark job, glue-spark-3.11; its wheels are used as well. Null for none."
  type        = string
  default     = null
}

variable "artifact_store" {
  description = "The bucket that the script and wheels are uploaded to."
  type = object({
    name = string # The bucket's name.
    arn  = string # The bucket's ARN.
  })
  nullable = false
}

variable "read" {
  description = "What the script may read."
  type = list(object({
    store_arn = string       # The bucket's ARN.
    prefixes  = list(string) # Where in it: each ends with a slash, or is empty for the whole store.
  }))
  nullable = false

  validation {
    condition     = alltrue(flatten([for access in var.read : [for prefix in access.prefixes : prefix == "" || endswith(prefix, "/")]]))
    error_message = "Every prefix in read ends with a slash, such as \"train/\"; without it the grant reaches other keys that begin alike."
  }

  validation {
    condition     = length(flatten([for access in var.read : access.prefixes])) > 0
    error_message = "read names no prefix: a job that reads nothing isn't a transform."
  }
}

variable "write" {
  description = "What the script may write."
  type = list(object({
    store_arn = string       # The bucket's ARN.
    prefixes  = list(string) # Where in it: each ends with a slash, or is empty for the whole store.
  }))
  nullable = false

  validation {
    condition     = alltrue(flatten([for access in var.write : [for prefix in access.prefixes : prefix == "" || endswith(prefix, "/")]]))
    error_message = "Every prefix in write ends with a slash, such as \"extracts/\"; without it the grant reaches other keys that begin alike."
  }

  validation {
    condition     = length(flatten([for access in var.write : access.prefixes])) > 0
    error_message = "write names no prefix: say where the job's output goes."
  }
}

variable "default_arguments" {
  description = "Arguments of every run, by their name with the two hyphens; a run's own arguments win."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "spark" {
  description = "What a Spark job runs on. Null makes a Python shell job."
  type = object({
    glue_version      = optional(string, "5.1")  # Glue's release: 4.0, 5.0 or 5.1.
    worker_type       = optional(string, "G.1X") # The kind of its workers, from G.1X to G.16X.
    number_of_workers = optional(number, 2)      # How many workers, from 2 on; one drives the others.
  })
  default = null

  validation {
    condition     = var.spark == null ? true : contains(["4.0", "5.0", "5.1"], var.spark.glue_version)
    error_message = "spark.glue_version is 4.0, 5.0 or 5.1."
  }

  validation {
    condition     = var.spark == null ? true : contains(["G.1X", "G.2X", "G.4X", "G.8X", "G.12X", "G.16X"], var.spark.worker_type)
    error_message = "spark.worker_type is G.1X, G.2X, G.4X, G.8X, G.12X or G.16X."
  }

  validation {
    condition     = var.spark == null ? true : var.spark.number_of_workers >= 2 && floor(var.spark.number_of_workers) == var.spark.number_of_workers
    error_message = "spark.number_of_workers is a whole number of at least 2: one worker drives the others."
  }
}

variable "max_capacity" {
  description = "Data processing units of a Python shell run: 0.0625 (1 GB of memory) or 1 (16 GB); null: 0.0625."
  type        = number
  default     = null

  validation {
    condition     = var.max_capacity == null ? true : contains([0.0625, 1], var.max_capacity)
    error_message = "A Python shell job has a max_capacity of 0.0625 or 1."
  }
}

variable "timeout_in_minutes" {
  description = "Minutes after which Glue stops a run."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.timeout_in_minutes >= 1 && floor(var.timeout_in_minutes) == var.timeout_in_minutes
    error_message = "timeout_in_minutes is a whole number of at least 1."
  }
}

variable "max_concurrent_runs" {
  description = "How many runs may go on at the same time."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.max_concurrent_runs >= 1 && floor(var.max_concurrent_runs) == var.max_concurrent_runs
    error_message = "max_concurrent_runs is a whole number of at least 1."
  }
}

variable "security_configuration" {
  description = "Name of a Glue security configuration, which says how logs and bookmarks are encrypted; null for AWS's own ways."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of the job, its role and its artifacts."
  type        = map(string)
  default     = {}
  nullable    = false
}
