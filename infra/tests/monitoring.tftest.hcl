# Alarms with their runbook links, and a dashboard that answers three questions.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  package_path = "./tests/fixtures/package.txt"
  log_buckets  = [{ bucket = "example-logs" }]
  redshift = {
    cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
    secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
  }
}

run "alarms" {
  command = plan

  variables {
    runbook_base_url = "https://example.com/runbook.md"
    alarms           = { alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"] }
    function         = { timeout = 100 }
    settings         = { metrics_namespace = "example" }
  }

  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.this)) == toset([
      "dead-letter-queue-not-empty", "oldest-message-too-old", "conservation-mismatch", "copy-failing", "stream-throttled",
      "function-throttled", "function-errors", "duration-near-timeout", "s3-lag", "own-lag",
    ]) && length(aws_cloudwatch_metric_alarm.quarantine_ratio) == 1
    error_message = "An alarm is missing."
  }
  assert {
    condition = alltrue([
      for k, a in aws_cloudwatch_metric_alarm.this : endswith(a.alarm_description, "Runbook: https://example.com/runbook.md#${k}") && a.alarm_actions == toset(["arn:aws:sns:eu-west-1:123456789012:alarms"])
    ]) && endswith(aws_cloudwatch_metric_alarm.quarantine_ratio[0].alarm_description, "#quarantine-ratio")
    error_message = "Each alarm must link to its section of the runbook and notify."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["dead-letter-queue-not-empty"].dimensions.QueueName == aws_sqs_queue.dead_letter.name && aws_cloudwatch_metric_alarm.this["dead-letter-queue-not-empty"].threshold == 0
    error_message = "One dead letter must alarm."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["duration-near-timeout"].threshold == 90000
    error_message = "The duration's threshold must follow the timeout."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["copy-failing"].metric_name == "DeliveryToRedshift.Success" && aws_cloudwatch_metric_alarm.this["copy-failing"].comparison_operator == "LessThanThreshold" && aws_cloudwatch_metric_alarm.this["copy-failing"].threshold == 1
    error_message = "A failed COPY must alarm."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["conservation-mismatch"].namespace == "example" && aws_cloudwatch_metric_alarm.this["conservation-mismatch"].dimensions.FunctionName == "logferry"
    error_message = "The binary's metrics must be sought in its namespace."
  }
  assert {
    condition     = [for q in aws_cloudwatch_metric_alarm.quarantine_ratio[0].metric_query : q.metric[0].metric_name if q.id != "ratio"] == ["Lines", "RowsQuarantined"]
    error_message = "The ratio must be of quarantined rows and lines."
  }
}

run "dashboard" {
  command = plan

  assert {
    condition     = [for w in jsondecode(aws_cloudwatch_dashboard.this[0].dashboard_body).widgets : w.properties.markdown if w.type == "text"] == ["## Is it keeping up?", "## Is anything lost?", "## What does it cost?"]
    error_message = "The dashboard must answer the three questions."
  }
  assert {
    condition = length(setsubtract(
      local.contract.metrics[*].name,
      flatten([for w in local.dashboard_body.widgets : [for m in w.properties.metrics : m[1] if m[0] == "logferry"] if w.type == "metric"]),
    )) == 0
    error_message = "A metric of the binary is not on the dashboard."
  }
  assert {
    condition     = alltrue([for w in local.dashboard_body.widgets : w.x + w.width <= 24])
    error_message = "A widget leaves the grid."
  }
}

run "off" {
  command = plan

  variables {
    alarms           = { enabled = false }
    create_dashboard = false
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this) + length(aws_cloudwatch_metric_alarm.quarantine_ratio) + length(aws_cloudwatch_dashboard.this) == 0
    error_message = "Alarms and dashboard must be possible to leave out."
  }
}
