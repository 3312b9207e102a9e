# group: Image

variable "byo_model_repo_name" {
  description = "Name of the ECR repository for the model's image; it is created, unless built_in_model_image is given."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.byo_model_repo_name) >= 2 && length(var.byo_model_repo_name) <= 256 && can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.byo_model_repo_name))
    error_message = "byo_model_repo_name has 2 to 256 lower-case letters and digits, with single dots, hyphens, underscores or slashes between them: change what else it has."
  }
}

variable "byo_model_source_image_path" {
  description = "Local path of the container's folder: a Dockerfile, and the programs train and serve. Not looked at with built_in_model_image."
  type        = string
  default     = "source/containers/ml-ops-byo-custom"
  nullable    = false
}

variable "byo_model_image_tag" {
  description = "What the image's tag begins with; a hash of the folder's content follows, because tags can't be moved."
  type        = string
  default     = "latest"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,114}$", var.byo_model_image_tag))
    error_message = "byo_model_image_tag has at most 115 letters, digits, dots, hyphens and underscores, and begins with neither dot nor hyphen."
  }
}

variable "image_push" {
  description = "Who pushes the image: \"helper\" (`s-infra image push`, during apply, whenever the folder's content has changed) or \"none\" (someone else, under the name of the output image_uri). With \"none\" the helper isn't called at all, so that models which runs have registered outlive the pipeline."
  type        = string
  default     = "helper"
  nullable    = false

  validation {
    condition     = contains(["helper", "none"], var.image_push)
    error_message = "image_push is \"helper\" or \"none\"."
  }
}

variable "image_builder" {
  description = "A CodeBuild project that builds the image in the account where no Docker or Podman answers where Terraform runs; {} for one as it usually is: compute_type (BUILD_GENERAL1_SMALL, _MEDIUM or _LARGE), timeout_in_minutes (5 to 480), concurrent_builds. Null for none: the image is then built where Terraform runs. Not made with built_in_model_image."
  type = object({
    compute_type       = optional(string, "BUILD_GENERAL1_SMALL")
    timeout_in_minutes = optional(number, 60)
    concurrent_builds  = optional(number, 1)
  })
  default = null

  validation {
    condition     = var.image_builder == null ? true : contains(["BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"], var.image_builder.compute_type)
    error_message = "image_builder.compute_type is BUILD_GENERAL1_SMALL, BUILD_GENERAL1_MEDIUM or BUILD_GENERAL1_LARGE."
  }

  validation {
    condition     = var.image_builder == null ? true : var.image_builder.timeout_in_minutes >= 5 && var.image_builder.timeout_in_minutes <= 480 && floor(var.image_builder.timeout_in_minutes) == var.image_builder.timeout_in_minutes
    error_message = "image_builder.timeout_in_minutes is a whole number from 5 to 480."
  }

  validation {
    condition     = var.image_builder == null ? true : var.image_builder.concurrent_builds >= 1 && floor(var.image_builder.concurrent_builds) == var.image_builder.concurrent_builds
    error_message = "image_builder.concurrent_builds is a whole number of at least 1."
  }
}

variable "aws_credentials_file" {
  description = "Local path of the AWS credentials file to push the image with; null for the credentials that Terraform's environment has."
  type        = string
  default     = null

  validation {
    condition     = var.aws_credentials_file == null ? true : fileexists(var.aws_credentials_file)
    error_message = "There is no file at the path that aws_credentials_file names: give its path from where Terraform runs, or null for the environment's own credentials."
  }
}

variable "built_in_model_image" {
  description = "URI of one of AWS's own SageMaker images, such as the XGBoost algorithm's, to use in place of a container of yours; null for yours. Set tuning_metric to one of its metrics (validation:auc, for example); a script-mode image needs tuning_metric_regex, too."
  type        = string
  default     = null

  validation {
    condition     = var.built_in_model_image == null ? true : can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/[a-z0-9._/-]+(:[a-zA-Z0-9_.-]+|@sha256:[0-9a-f]{64})$", var.built_in_model_image))
    error_message = "built_in_model_image is an image's whole URI, ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG: AWS's documentation lists those of your Region."
  }
}

variable "byo_model_ecr_tag_name" {
  description = "What the image's tag in ECR begins with, where it isn't \"latest\"; else byo_model_image_tag says it."
  type        = string
  default     = "latest"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,114}$", var.byo_model_ecr_tag_name))
    error_message = "byo_model_ecr_tag_name has at most 115 letters, digits, dots, hyphens and underscores, and begins with neither dot nor hyphen."
  }
}

variable "byo_model_image_name" {
  description = "Retired: the image has no name but its repository's, byo_model_repo_name. Another value than the default is warned of."
  type        = string
  default     = "byo-custom"
  nullable    = false
}
