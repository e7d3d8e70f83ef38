# The roles of the function, the stream, COPY and the schedules; what they may do is in iam_policies.tf.

locals {
  # Who may assume which role. Every service is bound to this account, against being talked into acting for another.
  trust = {
    for name, services in {
      function = ["lambda.amazonaws.com"]
      firehose = ["firehose.amazonaws.com"]
      copy     = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
      schedule = ["scheduler.amazonaws.com"]
      backfill = ["states.amazonaws.com"]
      } : name => jsonencode({
        Version = "2012-10-17"
        Statement = [merge(
          { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = services } },
          # Neither Lambda nor Redshift sends the account along.
          contains(["function", "copy"], name) ? {} : { Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } } },
        )]
    })
  }
}

resource "aws_iam_role" "function" {
  count = var.roles.function == null ? 1 : 0

  name                 = "${var.name}-function-${local.region}"
  path                 = var.iam_role_path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = local.trust.function
  tags                 = var.tags
}

resource "aws_iam_role_policy" "function" {
  count = var.roles.function == null ? 1 : 0

  name   = "logferry"
  role   = aws_iam_role.function[0].id
  policy = local.policies.function
}

resource "aws_iam_role" "firehose" {
  count = var.roles.firehose == null ? 1 : 0

  name                 = "${var.name}-firehose-${local.region}"
  path                 = var.iam_role_path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = local.trust.firehose
  tags                 = var.tags
}

resource "aws_iam_role_policy" "firehose" {
  count = var.roles.firehose == null ? 1 : 0

  name   = "logferry"
  role   = aws_iam_role.firehose[0].id
  policy = local.policies.firehose
}

# COPY JOB, replays, loads and backfills read the staging bucket with this role. The module never attaches it to Redshift:
# the provider's resource for that replaces all roles of a cluster.
resource "aws_iam_role" "copy" {
  count = var.roles.copy == null ? 1 : 0

  name                 = "${var.name}-copy-${local.region}"
  path                 = var.iam_role_path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = local.trust.copy
  tags                 = var.tags
}

resource "aws_iam_role_policy" "copy" {
  count = var.roles.copy == null ? 1 : 0

  name   = "logferry"
  role   = aws_iam_role.copy[0].id
  policy = local.policies.copy
}
