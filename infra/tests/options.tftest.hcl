# What changes with the Region and partition, and what may be brought along or left out.

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

run "a_region_with_the_lesser_quota" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { id = "eu-central-1", name = "eu-central-1" }
  }

  assert {
    condition     = local.batch_bytes == 1000000
    error_message = "A call must not hold more than the stream takes in a second."
  }
  assert {
    condition     = local.bytes_per_second == 205520
    error_message = "Five functions together must put 98 % of 1 MiB a second."
  }
}

run "a_part_of_the_quota_too_small_for_the_binary" {
  command = plan

  variables {
    queue = { maximum_concurrency = 1000 }
  }

  assert {
    condition     = local.bytes_per_second == local.variable["LOGFERRY_BYTES_PER_SECOND"].least
    error_message = "The function must start with whatever concurrency is asked for."
  }
}

run "recursion_is_allowed" {
  command = plan

  assert {
    condition     = aws_lambda_function_recursion_config.this[0].recursive_loop == "Allow" && aws_lambda_function_recursion_config.this[0].function_name == "logferry"
    error_message = "Lambda must not take continuations for a loop."
  }
}

run "no_recursion_config_in_govcloud" {
  command = plan

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-us-gov", dns_suffix = "amazonaws.com" }
  }

  assert {
    condition     = length(aws_lambda_function_recursion_config.this) == 0 && length([for k in keys(aws_cloudwatch_metric_alarm.this) : k if k == "recursion-stopped"]) == 1
    error_message = "Where Lambda has no such call, the alarm must stand alone."
  }
}

run "roles_brought_along" {
  command = apply

  variables {
    roles = {
      function = "arn:aws:iam::123456789012:role/given/function"
      firehose = "arn:aws:iam::123456789012:role/given/firehose"
      copy     = "arn:aws:iam::123456789012:role/given/copy"
    }
  }

  assert {
    condition     = length(output.role_names) == 0 && length(aws_iam_role_policy.function) + length(aws_iam_role_policy.firehose) + length(aws_iam_role_policy.copy) == 0
    error_message = "No role may be made or changed."
  }
  assert {
    condition = (
      aws_lambda_function.this.role == "arn:aws:iam::123456789012:role/given/function" &&
      aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].role_arn == "arn:aws:iam::123456789012:role/given/firehose" &&
      output.copy_role_arn == "arn:aws:iam::123456789012:role/given/copy" && strcontains(output.replay_sql, output.copy_role_arn)
    )
    error_message = "The roles given must be used."
  }
  assert {
    condition     = keys(output.role_policies) == ["copy", "firehose", "function"] && strcontains(output.role_policies.function, "firehose:PutRecordBatch") && strcontains(output.role_services.copy, "redshift-serverless.amazonaws.com")
    error_message = "Whoever makes the roles must be told what they need."
  }
}

run "no_ledger" {
  command = plan

  variables {
    ledger = { enabled = false }
  }

  assert {
    condition     = length(aws_kinesis_firehose_delivery_stream.ledger) == 0 && !strcontains(local.policies.function, "-ledger")
    error_message = "Without a ledger nothing of it may be made."
  }
}
