variables {
  name           = "test-job"
  script         = "examples/minimal/script.py"
  artifact_store = { name = "store", arn = "arn:aws:s3:::store" }
  read           = [{ store_arn = "arn:aws:s3:::store", prefixes = ["in/"] }]
  write          = [{ store_arn = "arn:aws:s3:::store", prefixes = ["out/"] }]
}

run "is_a_python_shell_job_by_default" {
  command = plan

  assert {
    condition     = aws_glue_job.this.max_capacity == 0.0625 && one(aws_glue_job.this.command).name == "pythonshell"
    error_message = "It isn't a small Python shell job."
  }

  assert {
    condition     = aws_glue_job.this.default_arguments["library-set"] == "analytics"
    error_message = "It hasn't Glue's libraries."
  }
}

run "spark_has_workers" {
  command = plan

  variables {
    spark = { number_of_workers = 4 }
  }

  assert {
    condition     = aws_glue_job.this.worker_type == "G.1X" && aws_glue_job.this.number_of_workers == 4
    error_message = "The workers aren't the given ones."
  }

  assert {
    condition     = aws_glue_job.this.glue_version == "5.1" && one(aws_glue_job.this.command).name == "glueetl"
    error_message = "It isn't a Spark job of the newest release."
  }
}

run "spark_takes_no_capacity" {
  command = plan

  variables {
    spark        = {}
    max_capacity = 1
  }

  expect_failures = [aws_glue_job.this]
}

run "spark_has_more_than_one_worker" {
  command = plan

  variables {
    spark = { number_of_workers = 1 }
  }

  expect_failures = [var.spark]
}
