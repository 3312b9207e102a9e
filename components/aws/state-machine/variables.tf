variable "name" {
  description = "Name of the machine and its role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,64}$", var.name))
    error_message = "A machine's name has 1 to 64 letters, digits, hyphens and underscores, as its role's name does: shorten it, or take out what else it has."
  }
}

variable "definition" {
  description = "The machine in Amazon States Language: the text of a JSON file, which may hold the string \"$${config}\" once, in the Assign of its first state."
  type        = string
  nullable    = false

  validation {
    condition     = can(jsondecode(var.definition).States)
    error_message = "definition is the text of a state machine in JSON: pass file(\"$${path.module}/workflows/NAME.asl.json\")."
  }

  validation {
    condition     = length(regexall("\\$\\{", var.definition)) == length(regexall("\"\\$\\{config\\}\"", var.definition)) && length(regexall("\\$\\{", var.definition)) <= 1
    error_message = "definition holds a placeholder other than the one string \"$${config}\": put the value in configuration_json, and read it in the machine as $config."
  }
}

variable "configuration_json" {
  description = "What the machine reads as $config, as JSON. No secret: whoever may see the machine sees it."
  type        = string
  default     = "{}"
  nullable    = false

  validation {
    condition     = can(keys(jsondecode(var.configuration_json)))
    error_message = "configuration_json is a JSON object: write it with jsonencode({ … })."
  }
}

variable "policy_json" {
  description = "What the machine's tasks may do: a policy document as JSON. Log delivery, tracing, sync_integrations and passed_roles are added."
  type        = string
  nullable    = false

  validation {
    condition     = can(jsondecode(var.policy_json).Statement)
    error_message = "policy_json is a policy document as JSON: take the json of a data \"aws_iam_policy_document\"."
  }
}

variable "sync_integrations" {
  description = "Kinds of job that the machine waits for with .sync, and that need an EventBridge rule for it: sagemaker_training, sagemaker_transform, sagemaker_tuning."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(setsubtract(var.sync_integrations, ["sagemaker_training", "sagemaker_transform", "sagemaker_tuning"])) == 0
    error_message = "sync_integrations has sagemaker_training, sagemaker_transform and sagemaker_tuning to choose from; Glue's .sync needs none."
  }
}

variable "passed_roles" {
  description = "Roles that the machine hands to the jobs it starts, by a name for each."
  type = map(object({
    arn     = string # The role's ARN.
    service = string # The only service that it may be handed to, such as sagemaker.amazonaws.com.
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for role in var.passed_roles : endswith(role.service, ".amazonaws.com")])
    error_message = "The service of every passed role is a service's principal, such as sagemaker.amazonaws.com."
  }

  validation {
    condition     = length(distinct([for role in var.passed_roles : role.service])) <= 1
    error_message = "passed_roles name two services: roles for one may then be passed to the other. Give each service a machine of its own."
  }
}

variable "log_level" {
  description = "Which events are logged: ALL, ERROR or FATAL."
  type        = string
  default     = "ERROR"
  nullable    = false

  validation {
    condition     = contains(["ALL", "ERROR", "FATAL"], var.log_level)
    error_message = "log_level is ALL, ERROR or FATAL; a machine without logs can't be looked into."
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
  description = "ARN of the key that the log is encrypted with; its policy must let CloudWatch Logs and its delivery (delivery.logs.amazonaws.com) use it. Null for AWS's own."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn is a key's ARN: take the output arn of the component kms-key."
  }
}

variable "tags" {
  description = "Tags of the machine, its role and its log group."
  type        = map(string)
  default     = {}
  nullable    = false
}
