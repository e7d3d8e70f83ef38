# Each notification mode: who may send, and what is written on a bucket.

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

run "eventbridge_writes_nothing_on_the_bucket" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", prefixes = ["s3/"] }, { bucket = "example-other" }]
  }

  assert {
    condition     = length(aws_s3_bucket_notification.queue) + length(aws_s3_bucket_notification.function) == 0
    error_message = "The mode eventbridge must not touch a bucket's notifications."
  }
  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.this["example-logs"].event_pattern) == {
      source = ["aws.s3"], account = ["123456789012"], "detail-type" = ["Object Created"]
      detail = { bucket = { name = ["example-logs"] }, object = { key = [{ prefix = "s3/" }] } }
    }
    error_message = "The rule must match the bucket, its account and the prefix."
  }
  assert {
    condition     = !can(jsondecode(aws_cloudwatch_event_rule.this["example-other"].event_pattern).detail.object)
    error_message = "Without a prefix the rule must match every key."
  }
  assert {
    condition = alltrue([
      for s in local.queue_eventbridge_statements : s.Principal.Service == "events.amazonaws.com" && s.Condition.StringEquals["aws:SourceAccount"] == "123456789012" && alltrue([for a in s.Condition.ArnEquals["aws:SourceArn"] : startswith(a, "arn:aws:events:eu-west-1:123456789012:rule/logferry-")])
    ]) && length(local.queue_eventbridge_statements[0].Condition.ArnEquals["aws:SourceArn"]) == 2 && length(local.queue_s3_statements) == 0
    error_message = "Only the two rules may send."
  }
  assert {
    condition     = strcontains(output.eventbridge_commands["example-logs"], "get-bucket-notification-configuration --bucket example-logs") && strcontains(output.eventbridge_commands["example-logs"], "EventBridgeConfiguration")
    error_message = "The commands must read what is configured before they write."
  }
  assert {
    condition     = [for s in local.dead_letter_policy.Statement : s.Resource if s.Effect == "Allow"] == ["arn:aws:sqs:eu-west-1:123456789012:logferry-dead-letter"]
    error_message = "EventBridge must be able to put away what it cannot deliver."
  }
}

run "bucket" {
  command = plan

  variables {
    notification_mode = "bucket"
    log_buckets       = [{ bucket = "example-logs", prefixes = ["a/", "b/"] }, { bucket = "example-foreign", account_id = "111122223333" }]
  }

  assert {
    condition     = keys(aws_s3_bucket_notification.queue) == ["example-logs"]
    error_message = "Only buckets of this account may be written."
  }
  assert {
    condition     = [for q in aws_s3_bucket_notification.queue["example-logs"].queue : q.filter_prefix] == ["a/", "b/"]
    error_message = "Each prefix must be notified."
  }
  assert {
    condition = (
      toset(local.queue_s3_statements[0].Condition.ArnEquals["aws:SourceArn"]) == toset(["arn:aws:s3:::example-logs", "arn:aws:s3:::example-foreign"]) &&
      toset(local.queue_s3_statements[0].Condition.StringEquals["aws:SourceAccount"]) == toset(["123456789012", "111122223333"])
    )
    error_message = "The buckets may send, bound to their ARNs and accounts, and nobody else."
  }
  assert {
    condition     = length(aws_cloudwatch_event_rule.this) == 0 && length(aws_lambda_permission.s3) == 0 && length(local.dead_letter_policy.Statement) == 1
    error_message = "No other way in may be made."
  }
  assert {
    condition     = keys(output.log_bucket_policy_statements) == ["example-foreign"]
    error_message = "The other account's bucket needs its policy statements."
  }
}

run "direct" {
  command = plan

  variables {
    notification_mode = "direct"
    log_buckets       = [{ bucket = "example-logs", prefixes = ["s3/"] }]
  }

  assert {
    condition     = aws_s3_bucket_notification.function["example-logs"].lambda_function[0].filter_prefix == "s3/" && length(aws_s3_bucket_notification.queue) == 0
    error_message = "S3 must call the function."
  }
  assert {
    condition     = aws_lambda_permission.s3["example-logs"].source_arn == "arn:aws:s3:::example-logs" && aws_lambda_permission.s3["example-logs"].source_account == "123456789012"
    error_message = "The permission must be bound to bucket and account."
  }
  assert {
    condition     = length(aws_lambda_function_event_invoke_config.direct) == 1
    error_message = "Failed events need a destination."
  }
  assert {
    condition     = contains(flatten([for s in local.function_statements : s.Resource if contains(s.Action, "sqs:SendMessage")]), "arn:aws:sqs:eu-west-1:123456789012:logferry-dead-letter")
    error_message = "The function's role must be allowed to send failed events."
  }
  assert {
    condition     = length(local.queue_s3_statements) == 0
    error_message = "S3 must not be able to send to the queue in the mode direct."
  }
}

run "none" {
  command = plan

  variables {
    notification_mode = "none"
  }

  assert {
    condition     = length(aws_s3_bucket_notification.queue) + length(aws_s3_bucket_notification.function) + length(aws_cloudwatch_event_rule.this) + length(aws_lambda_permission.s3) == 0
    error_message = "The mode none must write no notification."
  }
  assert {
    condition     = length(local.queue_s3_statements) == 1
    error_message = "The bucket must be able to send to the queue."
  }
}

run "a_bucket_of_another_account_by_eventbridge" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs" }, { bucket = "example-foreign", account_id = "111122223333" }]
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this["example-foreign"].event_bus_name == "logferry" && aws_cloudwatch_event_target.this["example-foreign"].event_bus_name == "logferry" && aws_cloudwatch_event_rule.this["example-logs"].event_bus_name != "logferry"
    error_message = "Events of another account come through a bus of their own."
  }
  assert {
    condition = jsondecode(aws_cloudwatch_event_bus_policy.this[0].policy).Statement[0].Principal.AWS == ["arn:aws:iam::111122223333:root"] && (
      contains(local.queue_eventbridge_statements[0].Condition.ArnEquals["aws:SourceArn"], "arn:aws:events:eu-west-1:123456789012:rule/logferry/${local.event_rule_names["example-foreign"]}")
    )
    error_message = "The owner must be able to send, and the bus's rule to deliver."
  }
  assert {
    condition = alltrue([
      for part in ["put-bucket-notification-configuration", "create-role", "put-rule", "put-targets", "arn:aws:events:eu-west-1:123456789012:event-bus/logferry"] :
      strcontains(output.eventbridge_commands["example-foreign"], part)
    ]) && !strcontains(output.eventbridge_commands["example-logs"], "create-role")
    error_message = "The owner must be told how to send the events here."
  }
}

run "forty_buckets" {
  command = plan

  variables {
    log_buckets = [for i in range(40) : { bucket = "example-logs-${i}" }]
  }

  assert {
    condition     = length(local.queue_policy.Statement) == 2 && length(local.dead_letter_policy.Statement) == 2
    error_message = "A policy takes 20 statements: buckets must share one."
  }
}
