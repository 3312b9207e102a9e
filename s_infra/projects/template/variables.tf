variable "name_prefix" {
  description = "What every name begins with."
  type        = string
  default     = "{{ name }}"
}

variable "environment" {
  description = "The network and the Region that the pipeline lives in."
  type = object({
    vpc_id          = string
    aws_region      = string
    public_subnets  = list(string)
    private_subnets = list(string)
  })
  default = {
    vpc_id          = "vpc-00000000"
    aws_region      = "us-east-1"
    public_subnets  = []
    private_subnets = []
  }
}

variable "notification_emails" {
  description = "Who is told of a run's outcome."
  type        = list(string)
  default     = []
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes the data, models and predictions, too."
  type        = bool
  default     = false
}
