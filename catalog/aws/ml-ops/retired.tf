# Inputs of the module's forebear that mean nothing any more, or nothing yet: a value of theirs is warned of.
check "retired_inputs" {
  assert {
    condition     = var.byo_model_image_name == "byo-custom"
    error_message = "byo_model_image_name has no effect: an image has no name but its repository's, byo_model_repo_name. Remove it."
  }
}

check "later_inputs" {
  assert {
    condition = (
      var.data_drift_monitor_name == "data-drift-monitor-schedule"
      && lower(var.data_drift_monitoring_frequency) == "daily"
      && var.data_drift_ml_problem_type == "Classification"
      && var.data_drift_sampling_percent == 50
      && var.data_drift_job_timeout_in_sec == 3600
    )
    error_message = "The inputs data_drift_… have no effect in this version: the drift monitor comes with a later one."
  }

  assert {
    condition = (
      var.predictive_db_name == "model_outputs"
      && var.predictive_db_admin_user == "pgadmin"
      && nonsensitive(var.predictive_db_admin_password == null)
      && contains(["10", "20"], var.predictive_db_storage_size_in_gb)
      && var.predictive_db_instance_class == "db.t3.micro"
    )
    error_message = "The inputs predictive_db_… have no effect in this version: the predictive database comes with a later one."
  }
}
