# The queue the function reads: new objects, continuations of unfinished ones, and what an operator replays.

resource "aws_sqs_queue" "dead_letter" {
  name                      = "${var.name}-dead-letter"
  message_retention_seconds = 1209600 # 14 days, the longest there is.
  sqs_managed_sse_enabled   = var.queue.kms_key_arn == null ? true : null
  kms_master_key_id         = var.queue.kms_key_arn
  tags                      = var.tags
}

resource "aws_sqs_queue" "this" {
  name                       = var.name
  visibility_timeout_seconds = local.visibility_timeout_seconds
  message_retention_seconds  = var.queue.message_retention_seconds
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = var.queue.kms_key_arn == null ? true : null
  kms_master_key_id          = var.queue.kms_key_arn
  tags                       = var.tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = var.queue.max_receive_count
  })
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letter" {
  queue_url = aws_sqs_queue.dead_letter.id

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arn]
  })
}

locals {
  # One statement with lists for all buckets: a policy takes 20 statements, a list as many as fit into its 8 KB.
  # S3 may send in the modes bucket and none; in the others nothing needs to.
  queue_s3_statements = [
    for on in [contains(["bucket", "none"], var.notification_mode)] : {
      Sid       = "S3"
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = local.queue_arn
      Condition = {
        ArnEquals    = { "aws:SourceArn" = values(local.log_bucket_arns) }
        StringEquals = { "aws:SourceAccount" = local.sending_accounts }
      }
    } if on
  ]

  queue_eventbridge_statements = [
    for on in [var.notification_mode == "eventbridge"] : {
      Sid       = "EventBridge"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = local.queue_arn
      Condition = {
        ArnEquals    = { "aws:SourceArn" = values(local.event_rule_arns) }
        StringEquals = { "aws:SourceAccount" = local.account_id }
      }
    } if on
  ]

  # The accounts that own the log buckets.
  sending_accounts = distinct([for b in var.log_buckets : coalesce(b.account_id, local.account_id)])

  refuse_plain_http = {
    Sid       = "RefusePlainHttp"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:SendMessage"
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }

  queue_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [merge(local.refuse_plain_http, { Resource = local.queue_arn })],
      local.queue_s3_statements,
      local.queue_eventbridge_statements,
    )
  }

  # EventBridge puts here what it could not deliver to the queue.
  dead_letter_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [merge(local.refuse_plain_http, { Resource = local.dlq_arn })],
      [for s in local.queue_eventbridge_statements : merge(s, { Resource = local.dlq_arn })],
    )
  }
}

resource "aws_sqs_queue_policy" "this" {
  queue_url = aws_sqs_queue.this.id
  policy    = jsonencode(local.queue_policy)
}

resource "aws_sqs_queue_policy" "dead_letter" {
  queue_url = aws_sqs_queue.dead_letter.id
  policy    = jsonencode(local.dead_letter_policy)
}
