data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = var.changed ? ["lambda.amazonaws.com", "glue.amazonaws.com"] : ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name                  = local.name
  description           = var.changed ? "Changed" : "First"
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  max_session_duration  = var.changed ? 7200 : 3600
  permissions_boundary  = var.changed ? null : "arn:aws:iam::aws:policy/ReadOnlyAccess"
  force_detach_policies = true
  tags                  = local.tags
}

resource "aws_iam_role_policy" "this" {
  name = "read"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = var.changed ? "s3:GetObjectVersion" : "s3:GetObject"
      Resource = "${aws_s3_bucket.this.arn}/*"
    }]
  })
}

resource "aws_iam_policy" "this" {
  name        = local.name
  description = "The conformance tests' policy"
  tags        = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = var.changed ? "s3:PutObjectTagging" : "s3:PutObject"
      Resource = "${aws_s3_bucket.this.arn}/*"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "this" {
  role       = aws_iam_role.this.name
  policy_arn = aws_iam_policy.this.arn
}
