# How new log objects reach the queue or the function. Only the modes bucket and direct write on a bucket:
# aws_s3_bucket_notification replaces the whole notification configuration, no matter who wrote it.

locals {
  # A rule's name may have 64 characters, a bucket's 63: the rule carries a short hash, the description the name.
  event_rule_names = {
    for k, b in local.log_buckets : k => "${var.name}-${substr(sha256(k), 0, 12)}" if var.notification_mode == "eventbridge"
  }
  event_rule_arns = {
    for k, name in local.event_rule_names : k => "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${name}"
  }
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.event_rule_names

  name        = each.value
  description = "New access-log objects in ${each.key} to the queue ${var.name}."
  tags        = var.tags

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    account     = [coalesce(local.log_buckets[each.key].account_id, local.account_id)]
    detail-type = ["Object Created"]
    detail = merge(
      { bucket = { name = [each.key] } },
      # An empty prefix means the whole bucket: no condition on the key.
      contains(local.log_buckets[each.key].prefixes, "") ? {} : {
        object = { key = [for p in local.log_buckets[each.key].prefixes : { prefix = p }] }
      },
    )
  })
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.event_rule_names

  rule = aws_cloudwatch_event_rule.this[each.key].name
  arn  = aws_sqs_queue.this.arn

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
