# Objects that were there before: a state machine that has the function read all of them. Progress, redrive of what failed and
# the list of results are Step Functions' own.

locals {
  backfill_arn = "arn:${local.partition}:states:${local.region}:${local.account_id}:stateMachine:${var.name}-backfill"

  backfill_statements = concat([
    {
      Sid      = "Invoke"
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = [local.function_arn]
    },
    {
      # A Distributed Map starts executions of the state machine it is part of, and watches and redrives them.
      Sid      = "StartChildren"
      Effect   = "Allow"
      Action   = ["states:StartExecution"]
      Resource = [local.backfill_arn]
    },
    {
      Sid      = "WatchChildren"
      Effect   = "Allow"
      Action   = ["states:DescribeExecution", "states:RedriveExecution", "states:StopExecution"]
      Resource = ["${replace(local.backfill_arn, ":stateMachine:", ":execution:")}/*"]
    },
    {
      Sid      = "ListLogObjects"
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = values(local.log_bucket_arns)
    },
    {
      Sid      = "WriteResults"
      Effect   = "Allow"
      Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"]
      Resource = ["${local.staging_bucket_arn}/backfill-results/*"]
    },
    ], [
    for bucket in var.backfill.inventory_bucket[*] : {
      Sid      = "ReadInventory"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = ["arn:${local.partition}:s3:::${bucket}/*"]
    }
  ])
}

resource "aws_iam_role" "backfill" {
  count = var.backfill.enabled ? 1 : 0

  name                 = "${var.name}-backfill-${local.region}"
  path                 = var.iam_role_path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = local.trust.backfill
  tags                 = var.tags
}

resource "aws_iam_role_policy" "backfill" {
  count = var.backfill.enabled ? 1 : 0

  name   = "logferry"
  role   = aws_iam_role.backfill[0].id
  policy = local.policies.backfill
}

resource "aws_sfn_state_machine" "backfill" {
  count = var.backfill.enabled ? 1 : 0

  name       = "${var.name}-backfill"
  role_arn   = aws_iam_role.backfill[0].arn
  definition = templatefile("${path.module}/templates/backfill.asl.json", { partition = local.partition, function = var.name, results = local.staging_bucket })
  tags       = var.tags

  depends_on = [aws_iam_role_policy.backfill]
}
