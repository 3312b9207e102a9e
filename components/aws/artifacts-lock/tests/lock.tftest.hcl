variables {
  lock_file = "./examples/complete/artifacts/artifacts.lock.json"
  target    = "lambda-3.12-arm64"
}

run "the_artifacts_of_the_target_are_given" {
  command = plan

  assert {
    condition     = output.artifacts[0].kind == "function" && fileexists(output.artifacts[0].path)
    error_message = "the function's zip is found beside the lock"
  }
}

run "another_target_has_none" {
  command = plan

  variables {
    target = "glue-spark-3.11"
  }

  expect_failures = [output.artifacts]
}

run "another_source_has_none" {
  command = plan

  variables {
    source_path = "./tests"
  }

  expect_failures = [output.artifacts]
}

run "a_lock_must_be_there" {
  command = plan

  variables {
    lock_file = "./absent.json"
  }

  expect_failures = [var.lock_file]
}
