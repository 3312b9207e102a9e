variables {
  name        = "tested/image"
  source_path = "./examples/minimal/image"
  push        = "none"
}

run "immutable_and_scanned" {
  command = plan

  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "a tag is never moved, and an image is scanned when it is pushed"
  }

  assert {
    condition     = can(regex("^latest-[0-9a-f]{12}$", output.tag))
    error_message = "the tag tells the content"
  }

  assert {
    condition     = length(terraform_data.push) == 0
    error_message = "with push none nothing is pushed"
  }
}

run "a_folder_without_a_dockerfile_is_refused" {
  command = plan

  variables {
    source_path = "./tests"
  }

  expect_failures = [var.source_path]
}
