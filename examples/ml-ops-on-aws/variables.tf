variable "name_prefix" {
  description = "What every name begins with."
  type        = string
  default     = "demo"
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

variable "inference_metric_threshold" {
  description = "The accuracy that a model must exceed to be registered (0 to 1)."
  type        = number
  default     = 0.9
}

variable "notification_emails" {
  description = "Who is told of a run's outcome."
  type        = list(string)
  default     = []
}
