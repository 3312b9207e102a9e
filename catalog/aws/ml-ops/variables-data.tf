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
