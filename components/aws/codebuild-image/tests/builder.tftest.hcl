variables {
  name         = "test-images"
  repository   = { arn = "arn:aws:ecr:us-east-1:123456789012:repository/test", uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/test" }
  source_store = { name = "store", arn = "arn:aws:s3:::store" }
}

run "it_builds_on_x86_64_with_an_engine" {
  command = plan

  assert {
    condition     = one(aws_codebuild_project.this.environment).type == "LINUX_CONTAINER" && one(aws_codebuild_project.this.environment).privileged_mode
    error_message = "It has no machine that can build an image for SageMaker."
  }

  assert {
    condition     = one(aws_codebuild_project.this.source).location == "store/images/context.zip"
    error_message = "It doesn't build what lies under the prefix."
  }

  assert {
    condition     = one(one(aws_codebuild_project.this.environment).environment_variable).value == "123456789012.dkr.ecr.us-east-1.amazonaws.com/test"
    error_message = "It doesn't know its one repository."
  }

  assert {
    condition     = aws_codebuild_project.this.concurrent_build_limit == 1 && aws_codebuild_project.this.build_timeout == 60
    error_message = "A build isn't bounded."
  }
}

run "its_role_reaches_one_prefix_and_one_repository" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.this.json).Statement :
      contains(["arn:aws:s3:::store/images/*", "arn:aws:s3:::store", "arn:aws:ecr:us-east-1:123456789012:repository/test"], statement.Resource)
      if !contains(["LogIn", "WriteLog"], statement.Sid)
    ])
    error_message = "The role reaches more than its prefix and its repository."
  }
}

run "arm_is_another_machine" {
  command = plan

  variables {
    architecture = "arm64"
  }

  assert {
    condition     = one(aws_codebuild_project.this.environment).type == "ARM_CONTAINER" && strcontains(one(aws_codebuild_project.this.environment).image, "aarch64")
    error_message = "It isn't a machine of that kind."
  }
}

run "a_prefix_that_reaches_further_is_refused" {
  command = plan

  variables {
    source_prefix = "images"
  }

  expect_failures = [var.source_prefix]
}

run "a_repository_with_a_tag_is_refused" {
  command = plan

  variables {
    repository = { arn = "arn:aws:ecr:us-east-1:123456789012:repository/test", uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/test:v1" }
  }

  expect_failures = [var.repository]
}
