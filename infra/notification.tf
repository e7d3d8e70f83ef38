# How new log objects reach the queue or the function. Only the modes bucket and direct write on a bucket:
# aws_s3_bucket_notification replaces the whole notification configuration, no matter who wrote it.

locals {
  # A rule's name may have 64 characters, a bucket's 63: the rule carries a short hash, the description the name.
  event_rule_names = {
    for k, b in local.log_buckets : k => "${var.name}-${substr(sha256(k), 0, 12)}" if var.notification_mode == "eventbridge"
  }
  event_rule_arns = {
    for k, name in local.event_rule_names : k => join("/", compact([
      "arn:${local.partition}:events:${local.region}:${local.account_id}:rule", contains(keys(local.foreign_buckets), k) ? var.name : "", name,
    ]))
  }

  # Events of a bucket go to the default bus of the account that owns it. Those of other accounts come here through a bus of
  # our own, to which a rule of the owner sends them (output eventbridge_commands).
  needs_bus = var.notification_mode == "eventbridge" && length(local.foreign_buckets) > 0
  bus_arn   = "arn:${local.partition}:events:${local.region}:${local.account_id}:event-bus/${var.name}"

  event_patterns = {
    for k, b in local.log_buckets : k => jsonencode({
      source      = ["aws.s3"]
      account     = [coalesce(b.account_id, local.account_id)]
      detail-type = ["Object Created"]
      detail = merge(
        { bucket = { name = [k] } },
        # An empty prefix means the whole bucket: no condition on the key.
        contains(b.prefixes, "") ? {} : { object = { key = [for p in b.prefixes : { prefix = p }] } },
      )
    })
  }

  bus_policy = {
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LetOwnersSend"
      Effect    = "Allow"
      Principal = { AWS = [for a in distinct(values(local.foreign_buckets)[*].account_id) : "arn:${local.partition}:iam::${a}:root"] }
      Action    = "events:PutEvents"
      Resource  = local.bus_arn
      # Only AWS itself can send events whose source begins with aws.
      Condition = { StringEquals = { "events:source" = "aws.s3", "events:detail-type" = "Object Created" } }
    }]
  }
}

resource "aws_cloudwatch_event_bus" "this" {
  count = local.needs_bus ? 1 : 0

  name = var.name
  tags = var.tags
}

resource "aws_cloudwatch_event_bus_policy" "this" {
  count = local.needs_bus ? 1 : 0

  event_bus_name = aws_cloudwatch_event_bus.this[0].name
  policy         = jsonencode(local.bus_policy)
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.event_rule_names

  name           = each.value
  description    = "New access-log objects in ${each.key} to the queue ${var.name}."
  event_bus_name = contains(keys(local.foreign_buckets), each.key) ? aws_cloudwatch_event_bus.this[0].name : null
  event_pattern  = local.event_patterns[each.key]
  tags           = var.tags
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.event_rule_names

  rule           = aws_cloudwatch_event_rule.this[each.key].name
  event_bus_name = aws_cloudwatch_event_rule.this[each.key].event_bus_name
  arn            = aws_sqs_queue.this.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letter.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  depends_on = [aws_sqs_queue_policy.this, aws_sqs_queue_policy.dead_letter]
}

resource "aws_s3_bucket_notification" "queue" {
  for_each = var.notification_mode == "bucket" ? local.own_buckets : {}

  bucket = each.key

  dynamic "queue" {
    for_each = each.value.prefixes

    content {
      id            = "${var.name}-${queue.key}"
      queue_arn     = aws_sqs_queue.this.arn
      events        = ["s3:ObjectCreated:*"]
      filter_prefix = queue.value == "" ? null : queue.value
    }
  }

  # S3 tries to send a test message at once, so the permission must stand first.
  depends_on = [aws_sqs_queue_policy.this]
}

resource "aws_lambda_permission" "s3" {
  for_each = var.notification_mode == "direct" ? local.log_buckets : {}

  statement_id   = "S3${substr(sha256(each.key), 0, 12)}"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.this.function_name
  principal      = "s3.amazonaws.com"
  source_arn     = local.log_bucket_arns[each.key]
  source_account = coalesce(each.value.account_id, local.account_id)
}

resource "aws_s3_bucket_notification" "function" {
  for_each = var.notification_mode == "direct" ? local.own_buckets : {}

  bucket = each.key

  dynamic "lambda_function" {
    for_each = each.value.prefixes

    content {
      id                  = "${var.name}-${lambda_function.key}"
      lambda_function_arn = aws_lambda_function.this.arn
      events              = ["s3:ObjectCreated:*"]
      filter_prefix       = lambda_function.value == "" ? null : lambda_function.value
    }
  }

  depends_on = [aws_lambda_permission.s3]
}
