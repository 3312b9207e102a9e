variables {
  name = "tested-store-123456789012"
}

run "private_and_versioned" {
  command = plan

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "every version of an object is kept"
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "nothing in the store can be made public"
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 7
    error_message = "what remains of an upload that nobody takes up again goes after a week"
  }

  assert {
    condition     = !aws_s3_bucket.this.force_destroy
    error_message = "a store that isn't empty stays"
  }
}

run "a_name_that_s3_refuses_is_refused" {
  command = plan

  variables {
    name = "Store"
  }

  expect_failures = [var.name]
}
