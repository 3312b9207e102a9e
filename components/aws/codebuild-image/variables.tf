variable "name" {
  description = "Name of the project and of its role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{1,63}$", var.name))
    error_message = "A project's name has 2 to 64 letters, digits, hyphens and underscores, as its role's name does, and begins with a letter or digit: change what else it has."
  }
}

variable "repository" {
  description = "The ECR repository that images are pushed to."
  type = object({
    arn = string # The repository's ARN.
    uri = string # Its URI, ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME, without a tag.
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/[a-z0-9._/-]+$", var.repository.uri))
    error_message = "repository.uri is ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME, without a tag: take the outputs of the component ecr-image."
  }

  validation {
    condition     = can(regex("^arn:[^:]+:ecr:[^:]+:[0-9]{12}:repository/", var.repository.arn))
    error_message = "repository.arn is a repository's ARN: take the output repository_arn of the component ecr-image."
  }
}

variable "source_store" {
  description = "The bucket that the helper puts packed folders into."
  type = object({
    name = string # The bucket's name.
    arn  = string # The bucket's ARN.
  })
  nullable = false
}

variable "source_prefix" {
  description = "What the keys of packed folders begin with; builds may read nothing else."
  type        = string
  default     = "images/"
  nullable    = false

  validation {
    condition     = can(regex("^[^/].*/$", var.source_prefix))
    error_message = "source_prefix ends with a slash and doesn't begin with one, such as \"images/\"; without it the grant reaches other keys that begin alike."
  }
}

variable "architecture" {
  description = "Processor that images are built on, and for: \"x86_64\", as SageMaker's instances have it, or \"arm64\"."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "architecture is \"x86_64\" or \"arm64\"."
  }
}

variable "compute_type" {
  description = "Size of the machine that builds: BUILD_GENERAL1_SMALL, BUILD_GENERAL1_MEDIUM or BUILD_GENERAL1_LARGE."
  type        = string
  default     = "BUILD_GENERAL1_SMALL"
  nullable    = false

  validation {
    condition     = contains(["BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"], var.compute_type)
    error_message = "compute_type is BUILD_GENERAL1_SMALL, BUILD_GENERAL1_MEDIUM or BUILD_GENERAL1_LARGE."
  }
}

variable "timeout_in_minutes" {
  description = "Minutes after which CodeBuild ends a build."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.timeout_in_minutes >= 5 && var.timeout_in_minutes <= 480 && floor(var.timeout_in_minutes) == var.timeout_in_minutes
    error_message = "timeout_in_minutes is a whole number from 5 to 480."
  }
}

variable "concurrent_builds" {
  description = "How many builds may go on at the same time; one more is refused. Not more than the account may have, which is 1 for a new account."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.concurrent_builds >= 1 && floor(var.concurrent_builds) == var.concurrent_builds
    error_message = "concurrent_builds is a whole number of at least 1."
  }
}

variable "base_repository_arns" {
  description = "ARNs of the ECR repositories that base images are pulled from, besides public ones."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.base_repository_arns : can(regex("^arn:[^:]+:ecr:[^:]+:[0-9]{12}:repository/", arn))])
    error_message = "base_repository_arns are ARNs of ECR repositories, arn:aws:ecr:REGION:ACCOUNT:repository/NAME."
  }
}

variable "log_retention_in_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_in_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days: choose one."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that the log and the source store are encrypted with; its policy must let CloudWatch Logs use it. Null for AWS's own."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn is a key's ARN: take the output arn of the component kms-key."
  }
}

variable "tags" {
  description = "Tags of the project, its role and its log group."
  type        = map(string)
  default     = {}
  nullable    = false
}
