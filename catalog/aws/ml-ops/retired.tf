# Inputs that the module's forebear had and that mean nothing any more: a value of theirs is warned of.
check "retired_inputs" {
  assert {
    condition     = var.byo_model_image_name == "byo-custom"
    error_message = "byo_model_image_name has no effect: an image has no name but its repository's, byo_model_repo_name. Remove it."
  }
}
