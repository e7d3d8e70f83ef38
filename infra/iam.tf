# The roles of the function, the stream and COPY; what they may do is in iam_policies.tf.

resource "aws_iam_role" "function" {
  name                 = "${var.name}-function-${local.region}"
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "function" {
  name   = "logferry"
  role   = aws_iam_role.function.id
  policy = local.policies.function
}

resource "aws_iam_role" "firehose" {
  name                 = "${var.name}-firehose-${local.region}"
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "firehose.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "firehose" {
  name   = "logferry"
  role   = aws_iam_role.firehose.id
  policy = local.policies.firehose
}

# The module never attaches this role to Redshift: the provider's resource for that replaces all roles of a cluster.
resource "aws_iam_role" "copy" {
  count = local.redshift_destination ? 0 : 1

  name                 = "${var.name}-copy-${local.region}"
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"] }
    }]
  })
}

resource "aws_iam_role_policy" "copy" {
  count = local.redshift_destination ? 0 : 1

  name   = "logferry"
  role   = aws_iam_role.copy[0].id
  policy = local.policies.copy
}
