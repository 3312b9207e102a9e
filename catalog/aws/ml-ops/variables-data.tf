# group: Data

variable "train_local_path" {
  description = "Local path of training data that apply lands in the feature store, which starts a run: whenever the file's content changes. Null for none; where the default's file isn't there, none."
  type        = string
  default     = "source/data/train/train.csv"

  validation {
    condition     = var.train_local_path == null ? true : var.train_local_path == "source/data/train/train.csv" || fileexists(var.train_local_path)
    error_message = "There is no file at the path that train_local_path names: give a file's path from where Terraform runs, or null to land data by other means, such as `s-infra land`."
  }
}

variable "score_local_path" {
  description = "Local path of data to score that apply lands in the feature store: it waits there until a model is registered. Null for none; where the default's file isn't there, none."
  type        = string
  default     = "source/data/score/score.csv"

  validation {
    condition     = var.score_local_path == null ? true : var.score_local_path == "source/data/score/score.csv" || fileexists(var.score_local_path)
    error_message = "There is no file at the path that score_local_path names: give a file's path from where Terraform runs, or null to land data by other means, such as `s-infra land`."
  }
}

variable "ml_bucket_override" {
  description = "Name of a bucket that exists, to hold the stores as folders under the pipeline's name; null for buckets of their own. The bucket must keep versions and send its events to EventBridge; its own settings aren't touched, and nothing in it is deleted."
  type        = string
  default     = null

  validation {
    condition     = var.ml_bucket_override == null ? true : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.ml_bucket_override))
    error_message = "ml_bucket_override is a bucket's name, without s3:// and without a key."
  }
}

variable "csv_schemas" {
  description = "Local paths of Table Schemas (https://datapackage.org/standard/table-schema/) that `s-infra land` holds the headers of training and of scoring files to before it sends them. Null for none."
  type = object({
    training = optional(string) # The Table Schema of training files, as a path from where Terraform runs.
    scoring  = optional(string) # The Table Schema of scoring files, as a path from where Terraform runs.
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for path in values(var.csv_schemas) : path == null ? true : can([for field in jsondecode(file(path)).fields : field.name])])
    error_message = "A path in csv_schemas names no Table Schema: the file must be there, from where Terraform runs, with JSON as {\"fields\": [{\"name\": \"COLUMN\"}]}."
  }
}
