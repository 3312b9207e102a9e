variable "name_prefix" {
  description = "What every name begins with; without a hyphen at its end it is the pipeline's name. Two pipelines of an account need two."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.name_prefix)) && !strcontains(var.name_prefix, "--")
    error_message = "name_prefix begins with a lower-case letter and has lower-case letters, digits and single hyphens, as bucket names do: change what else it has."
  }

  validation {
    condition     = length(trimsuffix(var.name_prefix, "-")) <= 32
    error_message = "name_prefix has more than 32 characters: the longest bucket's name would exceed the 63 that S3 allows. Shorten it."
  }
}

variable "environment" {
  description = "Where the pipeline lives. Its network is for the predictive database, which a later version brings; until then nothing of this module is in a network of yours."
  type = object({
    vpc_id          = string       # The id of the network for the predictive database.
    aws_region      = string       # The Region's name, such as us-east-1; the aws provider must work in the same.
    public_subnets  = list(string) # The ids of its public subnets.
    private_subnets = list(string) # The ids of its private subnets.
  })
  nullable = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.environment.aws_region))
    error_message = "environment.aws_region is a Region's name such as us-east-1."
  }
}

variable "resource_tags" {
  description = "Tags of everything that is created."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.resource_tags) : !startswith(lower(key), "aws:") && length(key) <= 128])
    error_message = "A key in resource_tags begins with aws:, which AWS keeps for itself, or has more than 128 characters: rename it."
  }
}

variable "notification_emails" {
  description = "Addresses that are told how each run ended; each owner confirms once, by the link in a first mail."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for email in var.notification_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", email))])
    error_message = "Every entry of notification_emails is one address such as team@example.com."
  }

  validation {
    condition     = length(distinct(var.notification_emails)) == length(var.notification_emails)
    error_message = "An address stands twice in notification_emails: remove one."
  }
}

variable "job_timeouts" {
  description = "Minutes after which a job is stopped and its run fails."
  type = object({
    transform_in_minutes       = optional(number, 60)  # Minutes for the Glue job.
    training_job_in_minutes    = optional(number, 120) # Minutes for one training job of the tuning.
    tuning_in_minutes          = optional(number, 720) # Minutes for the tuning with all its training jobs.
    batch_transform_in_minutes = optional(number, 120) # Minutes for the predictions of one file.
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for minutes in values(var.job_timeouts) : minutes >= 1 && floor(minutes) == minutes && minutes <= 40320])
    error_message = "Every entry of job_timeouts is a whole number of minutes from 1 to 40320 (28 days, SageMaker's limit)."
  }

  validation {
    condition     = var.job_timeouts.training_job_in_minutes <= var.job_timeouts.tuning_in_minutes
    error_message = "job_timeouts gives one training job more time than the whole tuning: raise tuning_in_minutes or lower training_job_in_minutes."
  }
}

variable "log_retention_in_days" {
  description = "Days for which the logs of functions and state machines are kept. Those of Glue and SageMaker jobs lie in groups that all of an account's jobs share, which this module doesn't own."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_in_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days: choose one."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that the logs and settings of functions and the logs of state machines are encrypted with; its policy must let CloudWatch Logs and its delivery (delivery.logs.amazonaws.com) use it. Null for AWS's own."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn is a key's ARN, not its id or alias, or null."
  }
}

variable "force_destroy" {
  description = "Whether destroying the pipeline deletes data, models, records and images with it. With false, what isn't empty stays."
  type        = bool
  default     = false
  nullable    = false
}
