# Alarms with their runbook links, and a dashboard that answers three questions.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  package_path = "./tests/fixtures/package.txt"
  log_buckets  = [{ bucket = "example-logs" }]
  alarms       = { alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"] }
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
    condition = setsubtract(keys(aws_cloudwatch_metric_alarm.this), ["ledger-lost"]) == toset([
      "dead-letter-queue-not-empty", "oldest-message-too-old", "oldest-message-half-gone", "nothing-arrives", "objects-missing",
      "conservation-mismatch", "staging-failing", "staging-late", "copy-failing", "recursion-stopped",
      "function-throttled", "function-errors", "duration-near-timeout", "s3-lag", "own-lag",
    ]) && keys(aws_cloudwatch_metric_alarm.ratio) == ["quarantine-ratio", "stream-near-quota"]
    error_message = "An alarm is missing."
  }
  assert {
    condition     = contains(keys(aws_cloudwatch_metric_alarm.this), "ledger-lost") == contains(local.contract.metrics[*].name, "LedgerLost")
    error_message = "A binary that can lose a line of the ledger must have an alarm for it."
  }
  assert {
    condition = alltrue([
      for k, a in aws_cloudwatch_metric_alarm.this : endswith(a.alarm_description, "Runbook: https://example.com/runbook.md#${k}") && a.alarm_actions == toset(["arn:aws:sns:eu-west-1:123456789012:alarms"])
    ]) && endswith(aws_cloudwatch_metric_alarm.ratio["quarantine-ratio"].alarm_description, "#quarantine-ratio")
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
    condition     = [for q in aws_cloudwatch_metric_alarm.ratio["quarantine-ratio"].metric_query : q.metric[0].metric_name if q.id != "ratio"] == ["Lines", "RowsQuarantined"]
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
    condition     = length(aws_cloudwatch_metric_alarm.this) + length(aws_cloudwatch_metric_alarm.ratio) + length(aws_cloudwatch_dashboard.this) == 0
    error_message = "Alarms and dashboard must be possible to leave out."
  }
}

run "what_would_be_lost_in_silence" {
  command = plan

  variables {
    delivery_stream = { buffering_interval = 300 }
    queue           = { message_retention_seconds = 864000 }
    alarms          = { alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"], silence_hours = 6, stream_quota_ratio = 0.5 }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["staging-late"].threshold == 1200 && aws_cloudwatch_metric_alarm.this["staging-late"].metric_name == "DeliveryToS3.DataFreshness"
    error_message = "What waits in Firehose longer than its buffer and a quarter of an hour must alarm."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["staging-failing"].metric_name == "DeliveryToS3.Success" && aws_cloudwatch_metric_alarm.this["staging-failing"].comparison_operator == "LessThanThreshold"
    error_message = "A failed staging must alarm, whatever the destination."
  }
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["nothing-arrives"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.this["nothing-arrives"].evaluation_periods == 6 &&
      aws_cloudwatch_metric_alarm.this["nothing-arrives"].period == 3600 && aws_cloudwatch_metric_alarm.this["nothing-arrives"].metric_name == "ObjectsDone"
    )
    error_message = "Silence must alarm, and no metric is silence."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["oldest-message-half-gone"].threshold == 432000
    error_message = "A message must alarm at half of the queue's retention."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.ratio["stream-near-quota"].threshold == 0.5 && [for q in aws_cloudwatch_metric_alarm.ratio["stream-near-quota"].metric_query : q.metric[0].metric_name if q.id != "ratio"] == ["IncomingBytes", "BytesPerSecondLimit"]
    error_message = "The stream's bytes must be held against its quota."
  }
}

run "silence_may_be_usual" {
  command = plan

  variables {
    alarms = { alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"], silence_hours = 0 }
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.this), "nothing-arrives")
    error_message = "The alarm about silence must be possible to leave out."
  }
  assert {
    condition     = strcontains(aws_cloudwatch_metric_alarm.this["s3-lag"].alarm_description, "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/logferry-eu-west-1")
    error_message = "Without the runbook's address an alarm must lead to the dashboard."
  }
}

run "nobody_is_told" {
  command = plan

  variables {
    alarms = {}
  }

  expect_failures = [check.somebody_is_told]
}

run "redshift_loads_by_itself" {
  command = plan

  variables {
    destination = "extended_s3"
    redshift    = { data_api = { cluster_identifier = "example", database = "dev", db_user = "admin" } }
  }

  assert {
    condition     = keys(aws_scheduler_schedule.this) == ["load-check"] && aws_cloudwatch_metric_alarm.this["rows-not-loaded"].dimensions.RuleName == aws_cloudwatch_event_rule.loaded[0].name
    error_message = "Whether Redshift loads must be asked, and no good answer must alarm."
  }
  assert {
    condition     = jsondecode(aws_scheduler_schedule.this["load-check"].target[0].input).StatementName == jsondecode(aws_cloudwatch_event_rule.loaded[0].event_pattern).detail.statementName[0] && jsondecode(aws_scheduler_schedule.this["load-check"].target[0].input).WithEvent
    error_message = "The rule must count the answers to the question that is asked."
  }
  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.this), "copy-failing") && contains(keys(aws_cloudwatch_metric_alarm.this), "staging-failing")
    error_message = "Without Firehose's COPY only staging can fail."
  }
}

run "loads_by_the_clock" {
  command = apply

  variables {
    destination = "extended_s3"
    alarms      = { alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"], load_check_schedule = "" }
    redshift = {
      load_schedule = "cron(0 3 * * ? *)"
      data_api      = { workgroup_name = "example", database = "dev", secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-AbCdEf" }
    }
  }

  assert {
    condition     = keys(aws_scheduler_schedule.this) == ["load"] && aws_scheduler_schedule.this["load"].schedule_expression == "cron(0 3 * * ? *)" && jsondecode(aws_scheduler_schedule.this["load"].target[0].input).Sql == "COPY JOB RUN logferry_s3_access_log"
    error_message = "The job must be run by the schedule."
  }
  assert {
    condition     = strcontains(local.copy_job_sql, "JOB CREATE logferry_s3_access_log AUTO OFF;")
    error_message = "A job that runs by the clock must not run with each file too."
  }
}
