/**
 * An ECR repository with tags that can't be moved and a scan on push, and the image in it, pushed by the helper when
 * the folder's content has changed. A plan builds nothing.
 */

locals {
  # Without the caches that Python and its tools leave.
  files = [
    for file in sort(fileset(var.source_path, "**")) : file
    if !can(regex("(^|/)(__pycache__|\\.[a-z]+_cache)/", file)) && !endswith(file, ".pyc")
  ]
  content_hash = sha256(join("\n", [for file in local.files : "${file} ${filesha256("${var.source_path}/${file}")}"]))

  # Tags can't be moved, so each content has its own: an unchanged source plans no change and pushes nothing.
  tag       = "${var.tag}-${substr(local.content_hash, 0, 12)}"
  image_uri = "${aws_ecr_repository.this.repository_url}:${local.tag}"
}

resource "aws_ecr_repository" "this" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.force_destroy
  tags                 = var.tags

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the last ${var.images_kept} images."
      selection = {
        tagStatus   = "any"
        countType   = "imageCountMoreThan"
        countNumber = var.images_kept
      }
      action = { type = "expire" }
    }]
  })
}
