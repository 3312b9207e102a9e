variable "name" {
  description = "Name of the repository."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.name) >= 2 && length(var.name) <= 256 && can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.name))
    error_message = "A repository's name has 2 to 256 lower-case letters and digits, with single dots, hyphens, underscores or slashes between them: change what else it has."
  }
}

variable "source_path" {
  description = "Local path of the folder with the Dockerfile."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists("${var.source_path}/Dockerfile")
    error_message = "There is no Dockerfile in the folder that source_path names: give the folder's path from where Terraform runs."
  }
}

variable "tag" {
  description = "What the image's tag begins with; a hash of the folder's content follows."
  type        = string
  default     = "latest"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,114}$", var.tag))
    error_message = "A tag has at most 115 letters, digits, dots, hyphens and underscores (13 more follow), and begins with neither dot nor hyphen."
  }
}

variable "push" {
  description = "Who pushes the image: \"helper\" (`s-infra image push`, whenever the folder's content changes) or \"none\" (someone else, under the tag that the output image_uri names)."
  type        = string
  default     = "helper"
  nullable    = false

  validation {
    condition     = contains(["helper", "none"], var.push)
    error_message = "push is \"helper\" or \"none\"."
  }
}

variable "builder_project" {
  description = "Name of the CodeBuild project that the helper builds with where no Docker or Podman answers: the output name of the component codebuild-image. Null for none."
  type        = string
  default     = null
}

variable "aws_credentials_file" {
  description = "Local path of the credentials file to push with; null for the credentials that Terraform's environment has."
  type        = string
  default     = null

  validation {
    condition     = var.aws_credentials_file == null ? true : fileexists(var.aws_credentials_file)
    error_message = "There is no file at the path that aws_credentials_file names: give its path from where Terraform runs, or null for the environment's own credentials."
  }
}

variable "images_kept" {
  description = "How many images the repository keeps; older ones are deleted."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.images_kept >= 1 && floor(var.images_kept) == var.images_kept
    error_message = "images_kept is a whole number of at least 1."
  }
}

variable "force_destroy" {
  description = "Whether destroying the repository deletes the images in it. With false, a repository that isn't empty stays."
  type        = bool
  default     = false
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that images are encrypted with; null for the account's key for ECR."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:", var.kms_key_arn))
    error_message = "kms_key_arn is a key's ARN: take the output arn of the component kms-key."
  }
}

variable "tags" {
  description = "Tags of the repository."
  type        = map(string)
  default     = {}
  nullable    = false
}
