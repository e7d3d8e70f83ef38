# One alarm per way the path can fall behind, lose or cost. The key of each is the anchor of its section in the runbook.

locals {
  lambda   = { namespace = "AWS/Lambda", dimensions = { FunctionName = var.name } }
  firehose = { namespace = "AWS/Firehose", dimensions = { DeliveryStreamName = var.name } }
  sqs      = { namespace = "AWS/SQS", dimensions = { QueueName = var.name } }
  sqs_dead = { namespace = "AWS/SQS", dimensions = { QueueName = "${var.name}-dead-letter" } }

  # Success ratios alarm below 1, everything else above its threshold. Periods in seconds. Where nothing is known nothing is
  # wrong, unless `missing` says otherwise.
  metric_alarms = {
    dead-letter-queue-not-empty = merge(local.sqs_dead, {
      metric_name = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", above = 0, period = 300, periods = 1
      text        = "Log objects could not be delivered and wait in the dead-letter queue."
    })
    oldest-message-too-old = merge(local.sqs, {
      metric_name = "ApproximateAgeOfOldestMessage", statistic = "Maximum", above = var.alarms.oldest_message, period = 300, periods = 3
      text        = "The function does not keep up with the queue."
    })
    oldest-message-half-gone = merge(local.sqs, {
      metric_name = "ApproximateAgeOfOldestMessage", statistic = "Maximum", above = floor(var.queue.message_retention_seconds / 2), period = 300, periods = 1
      text        = "The oldest message has used half of the time after which the queue forgets it."
    })
    nothing-arrives = merge(local.own_metric["ObjectsDone"], {
      statistic = "Sum", below = 1, period = 3600, periods = var.alarms.silence_hours, missing = "breaching"
      text      = "No log object was delivered for ${var.alarms.silence_hours} hours."
      wanted    = var.alarms.silence_hours > 0
    })
    objects-missing = merge(local.own_metric["ObjectsMissing"], {
      statistic = "Sum", above = 0, period = 300, periods = 1
      text      = "Log objects were gone before they were read; their lines are not in the table."
    })
    conservation-mismatch = merge(local.own_metric["ConservationMismatch"], {
      statistic = "Sum", above = 0, period = 300, periods = 1
      text      = "Lines read and lines accounted for differ: a defect that may lose rows."
    })
    ledger-lost = merge(lookup(local.own_metric, "LedgerLost", {}), {
      statistic = "Sum", above = 0, period = 300, periods = 3
      text      = "Rows were delivered, but the ledger does not say so."
      wanted    = contains(keys(local.own_metric), "LedgerLost") && var.ledger.enabled
    })
    staging-failing = merge(local.firehose, {
      metric_name = "DeliveryToS3.Success", statistic = "Average", below = 1, period = 300, periods = 3
      text        = "Firehose cannot write to the staging bucket; after 24 hours it drops what it holds."
    })
    staging-late = merge(local.firehose, {
      metric_name = "DeliveryToS3.DataFreshness", statistic = "Maximum", above = var.delivery_stream.buffering_interval + 900, period = 300, periods = 3
      text        = "Rows wait in Firehose longer than they should; after 24 hours it drops them."
    })
    copy-failing = merge(local.firehose, {
      metric_name = "DeliveryToRedshift.Success", statistic = "Average", below = 1, period = 900, periods = 2
      text        = "Redshift refuses the COPY of Firehose."
      wanted      = local.redshift_destination
    })
    rows-not-loaded = {
      namespace = "AWS/Events", dimensions = { RuleName = "${var.name}-loaded" }, metric_name = "TriggeredRules"
      statistic = "Sum", below = 1, period = 86400, periods = 2, missing = "breaching"
      text      = "Redshift was not seen to load any staged row."
      wanted    = contains(keys(local.schedules), "load-check")
    }
    recursion-stopped = merge(local.lambda, {
      metric_name = "RecursiveInvocationsDropped", statistic = "Sum", above = 0, period = 300, periods = 1
      text        = "Lambda took continuations for a loop and dropped them."
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

  enabled_alarms = { for k, a in local.metric_alarms : k => a if var.alarms.enabled && try(a.wanted, true) }

  # A share of two metrics.
  ratio_alarms = {
    quarantine-ratio = merge(local.ratio_of_lines, {
      above = var.alarms.quarantine_ratio, expression = "IF(lines > 0, quarantined / lines, 0)"
      label = "Share of quarantined lines"
      text  = "Too many lines could not be parsed and went to quarantine."
    })
    stream-near-quota = merge(local.ratio_of_quota, {
      above = var.alarms.stream_quota_ratio, expression = "bytes / PERIOD(bytes) / quota"
      label = "Share of the stream's quota"
      text  = "The stream takes almost as many bytes a second as AWS lets it."
    })
  }
  ratio_of_lines = { period = 900, metrics = {
    lines       = merge(local.own_metric["Lines"], { stat = "Sum" })
    quarantined = merge(local.own_metric["RowsQuarantined"], { stat = "Sum" })
  } }
  ratio_of_quota = { period = 300, metrics = {
    bytes = merge(local.firehose, { metric_name = "IncomingBytes", stat = "Sum" })
    quota = merge(local.firehose, { metric_name = "BytesPerSecondLimit", stat = "Minimum" })
  } }

  # Where to read on: the runbook where its address is known, else the dashboard, which has one.
  console = { aws = "console.aws.amazon.com", aws-cn = "console.amazonaws.cn", aws-us-gov = "console.amazonaws-us-gov.com" }
  read_on = {
    for key in concat(keys(local.metric_alarms), keys(local.ratio_alarms)) : key => (
      var.runbook_base_url != null
      ? "Runbook: ${var.runbook_base_url}#${key}"
      : "Dashboard: https://${local.region}.${lookup(local.console, local.partition, local.console.aws)}/cloudwatch/home?region=${local.region}#dashboards/dashboard/${var.name}-${local.region} Runbook: docs/runbook.md, section ${key}"
    )
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.enabled_alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.text} ${local.read_on[each.key]}"
  namespace           = each.value.namespace
  dimensions          = each.value.dimensions
  metric_name         = each.value.metric_name
  statistic           = each.value.statistic
  comparison_operator = can(each.value.below) ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = can(each.value.below) ? each.value.below : each.value.above
  period              = each.value.period
  evaluation_periods  = each.value.periods
  treat_missing_data  = try(each.value.missing, "notBreaching")
  alarm_actions       = var.alarms.alarm_actions
  ok_actions          = var.alarms.ok_actions
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "ratio" {
  for_each = { for k, a in local.ratio_alarms : k => a if var.alarms.enabled }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.text} ${local.read_on[each.key]}"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  evaluation_periods  = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarms.alarm_actions
  ok_actions          = var.alarms.ok_actions
  tags                = var.tags

  metric_query {
    id          = "ratio"
    expression  = each.value.expression
    label       = each.value.label
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        dimensions  = metric_query.value.dimensions
        metric_name = metric_query.value.metric_name
        stat        = metric_query.value.stat
        period      = each.value.period
      }
    }
  }
}
