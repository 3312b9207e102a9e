# group: Transform

variable "glue_transform_script" {
  description = "Local path of the Glue Python script, for example ./source/scripts/transform.py."
  type        = string
  nullable    = false

  validation {
    condition     = endswith(var.glue_transform_script, ".py") && fileexists(var.glue_transform_script)
    error_message = "There is no Python script at the path that glue_transform_script names: give the path of a .py file, from where Terraform runs."
  }
}

variable "glue_dependency_package" {
  description = "Local path of the wheel that the script imports; null if it needs none. `s-infra wheel build` makes one."
  type        = string
  default     = null

  validation {
    condition = var.glue_dependency_package == null ? true : (
      endswith(var.glue_dependency_package, ".whl") && fileexists(var.glue_dependency_package)
    )
    error_message = "There is no .whl file at the path that glue_dependency_package names: build it with `s-infra wheel build`, and give its path from where Terraform runs, or null."
  }
}

variable "artifacts_lock" {
  description = "Local path of the artifacts.lock.json that `s-infra wheel build --target glue-python-shell-3.9` (or glue-spark-3.11) wrote: the transform gets your code and its packages from it, beside glue_dependency_package. Null for none. A plan refuses a lock that is older than its source."
  type        = string
  default     = null
}

variable "glue_job_name" {
  description = "Name of the Glue job, after name_prefix."
  type        = string
  default     = "data-transformation"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]+$", var.glue_job_name))
    error_message = "glue_job_name has letters, digits, hyphens and underscores: change what else it has."
  }
}

variable "glue_job_spark_flag" {
  description = "Whether the transform is a Spark job; false for a Python shell job, one small process that starts in seconds."
  type        = bool
  default     = false
  nullable    = false
}

variable "train_key" {
  description = "Where the transform puts the data to train on, under the run's own prefix in the extract store."
  type        = string
  default     = "input_data/train/train.csv"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$", var.train_key)) && !strcontains(var.train_key, "..")
    error_message = "train_key is a file's path such as input_data/train/train.csv: letters, digits, dots, hyphens and underscores between single slashes, with none at either end."
  }
}

variable "validate_key" {
  description = "Where the transform puts the data to validate on, under the run's own prefix in the extract store."
  type        = string
  default     = "input_data/validate/validate.csv"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$", var.validate_key)) && !strcontains(var.validate_key, "..")
    error_message = "validate_key is a file's path such as input_data/validate/validate.csv: letters, digits, dots, hyphens and underscores between single slashes, with none at either end."
  }
}

variable "test_key" {
  description = "Where the transform puts the data to predict for, under the run's own prefix in the extract store."
  type        = string
  default     = "input_data/test/test.csv"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$", var.test_key)) && !strcontains(var.test_key, "..")
    error_message = "test_key is a file's path such as input_data/test/test.csv: letters, digits, dots, hyphens and underscores between single slashes, with none at either end."
  }
}

variable "input_data_content_type" {
  description = "What the transform writes and the model reads: csv, which is the same as text/csv."
  type        = string
  default     = "csv"
  nullable    = false

  validation {
    condition     = contains(["csv", "text/csv"], var.input_data_content_type)
    error_message = "input_data_content_type is csv (or text/csv): this version doesn't carry out application/x-recordio and other types yet. Let the transform write CSV."
  }
}

variable "quarantine_errors" {
  description = "Classes of the transform's exceptions that say that the file is at fault: it is put away under quarantine/ of the feature store, with the reason beside it. Any other exception leaves it where it is."
  type        = list(string)
  default     = ["TableError", "BadInputError"]
  nullable    = false

  validation {
    condition     = length(var.quarantine_errors) > 0 && alltrue([for name in var.quarantine_errors : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "quarantine_errors has at least one name of a Python class, without its module."
  }
}
