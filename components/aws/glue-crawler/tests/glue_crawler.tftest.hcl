variables {
  name    = "test-crawler"
  targets = [{ store_name = "store", store_arn = "arn:aws:s3:::store", prefix = "out/" }]
}

run "is_named_after_the_crawler" {
  command = plan

  assert {
    condition     = aws_glue_catalog_database.this.name == "test_crawler"
    error_message = "The database isn't named after the crawler."
  }

  assert {
    condition     = aws_glue_crawler.this.s3_target[0].path == "s3://store/out/"
    error_message = "The target isn't the store's prefix."
  }

  assert {
    condition     = jsondecode(aws_glue_crawler.this.configuration).Grouping.TableGroupingPolicy == "CombineCompatibleSchemas"
    error_message = "A target doesn't make one table."
  }
}

run "new_folders_only_changes_nothing_that_is_there" {
  command = plan

  variables {
    new_folders_only = true
    delete_behavior  = "DELETE_FROM_DATABASE"
  }

  assert {
    condition     = one(aws_glue_crawler.this.schema_change_policy).delete_behavior == "LOG"
    error_message = "Glue refuses another policy with new folders only."
  }
}

run "may_read_its_prefix_alone" {
  command = apply

  assert {
    condition = one([
      for one in jsondecode(aws_iam_role_policy.this.policy).Statement : one if one.Sid == "ReadData"
    ]).Resource == "arn:aws:s3:::store/out/*"
    error_message = "The role reads more than the prefix."
  }

  assert {
    condition     = output.database_name == "test_crawler" && endswith(output.arn, ":crawler/test-crawler")
    error_message = "The outputs don't name the crawler and its database."
  }
}

run "a_prefix_ends_with_a_slash" {
  command = plan

  variables {
    targets = [{ store_name = "store", store_arn = "arn:aws:s3:::store", prefix = "out" }]
  }

  expect_failures = [var.targets]
}
