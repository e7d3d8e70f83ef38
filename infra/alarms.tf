# One alarm per way the path can fall behind, lose or cost. The key of each is the anchor of its section in the runbook.

locals {
  lambda   = { namespace = "AWS/Lambda", dimensions = { FunctionName = var.name } }
  firehose = { namespace = "AWS/Firehose", dimensions = { DeliveryStreamName = var.name } }
  sqs      = { namespace = "AWS/SQS", dimensions = { QueueName = var.name } }
  sqs_dead = { namespace = "AWS/SQS", dimensions = { QueueName = "${var.name}-dead-letter" } }

  # Success ratios alarm below 1, everything else above its threshold. Periods in seconds.
  metric_alarms = {
    dead-letter-queue-not-empty = merge(local.sqs_dead, {
      metric_name = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", above = 0, period = 300, periods = 1
      text        = "Log objects could not be delivered and wait in the dead-letter queue."
    })
    oldest-message-too-old = merge(local.sqs, {
      metric_name = "ApproximateAgeOfOldestMessage", statistic = "Maximum", above = var.alarms.oldest_message, period = 300, periods = 3
      text        = "The function does not keep up with the queue."
    })
    conservation-mismatch = merge(local.own_metric["ConservationMismatch"], {
      statistic = "Sum", above = 0, period = 300, periods = 1
      text      = "Lines read and lines accounted for differ: a defect that may lose rows."
    })
    copy-failing = merge(local.firehose, {
      metric_name = local.redshift_destination ? "DeliveryToRedshift.Success" : "DeliveryToS3.Success"
      statistic   = "Average", below = 1, period = 900, periods = 2
      text        = local.redshift_destination ? "Redshift refuses the COPY of Firehose." : "Firehose cannot write to the staging bucket."
    })
    stream-throttled = merge(local.firehose, {
      metric_name = "ThrottledRecords", statistic = "Sum", above = var.alarms.throttled_records, period = 300, periods = 3
      text        = "The stream's quota holds the function back."
    })
    function-throttled = merge(local.lambda, {
      metric_name = "Throttles", statistic = "Sum", above = 0, period = 300, periods = 3
      text        = "Lambda has no free concurrency for the function."
    })
    function-errors = merge(local.lambda, {
      metric_name = "Errors", statistic = "Sum", above = 0, period = 300, periods = 3
      text        = "Whole invocations fail, not single objects."
    })
    duration-near-timeout = merge(local.lambda, {
      metric_name = "Duration", statistic = "Maximum", above = floor(var.alarms.duration_ratio * var.function.timeout * 1000), period = 300, periods = 3
      text        = "Invocations run almost until the timeout; objects are read in pieces, by several of them."
    })
    s3-lag = merge(local.own_metric["S3LagSeconds"], {
      statistic = "Maximum", above = var.alarms.s3_lag_seconds, period = 900, periods = 4
      text      = "S3 itself delivers its logs late."
    })
    own-lag = merge(local.own_metric["OwnLagSeconds"], {
      statistic = "Maximum", above = var.alarms.own_lag_seconds, period = 900, periods = 4
      text      = "Log objects are read long after S3 delivered them."
    })
  }

  enabled_alarms = { for k, a in local.metric_alarms : k => a if var.alarms.enabled }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.enabled_alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.text} Runbook: ${var.runbook_base_url}#${each.key}"
  namespace           = each.value.namespace
  dimensions          = each.value.dimensions
  metric_name         = each.value.metric_name
  statistic           = each.value.statistic
  comparison_operator = can(each.value.below) ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = can(each.value.below) ? each.value.below : each.value.above
  period              = each.value.period
  evaluation_periods  = each.value.periods
  treat_missing_data  = "notBreaching" # No logs, no metrics: a quiet bucket is not an alarm.
  alarm_actions       = var.alarms.alarm_actions
  ok_actions          = var.alarms.ok_actions
  tags                = var.tags
}

# A share of two metrics, hence an alarm of its own form.
resource "aws_cloudwatch_metric_alarm" "quarantine_ratio" {
  count = var.alarms.enabled ? 1 : 0

  alarm_name          = "${var.name}-quarantine-ratio"
  alarm_description   = "Too many lines could not be parsed and went to quarantine. Runbook: ${var.runbook_base_url}#quarantine-ratio"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.alarms.quarantine_ratio
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarms.alarm_actions
  ok_actions          = var.alarms.ok_actions
  tags                = var.tags

  metric_query {
    id          = "ratio"
    expression  = "IF(lines > 0, quarantined / lines, 0)"
    label       = "Share of quarantined lines"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { lines = local.own_metric["Lines"], quarantined = local.own_metric["RowsQuarantined"] }

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        dimensions  = metric_query.value.dimensions
        metric_name = metric_query.value.metric_name
        stat        = "Sum"
        period      = 900
      }
    }
  }
}
