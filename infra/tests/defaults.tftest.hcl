# What a caller gets who says nothing but where the logs and Redshift are.

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

run "queue" {
  command = plan

  assert {
    condition     = aws_sqs_queue.this.visibility_timeout_seconds == 6 * aws_lambda_function.this.timeout + 60
    error_message = "The visibility timeout must be six function timeouts and the batching window."
  }
  assert {
    condition     = aws_sqs_queue.dead_letter.message_retention_seconds == 14 * 86400
    error_message = "The dead-letter queue must keep messages for 14 days."
  }
  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled && aws_sqs_queue.dead_letter.sqs_managed_sse_enabled
    error_message = "Both queues must be encrypted."
  }
  assert {
    condition = jsondecode(aws_sqs_queue_redrive_allow_policy.dead_letter.redrive_allow_policy) == {
      redrivePermission = "byQueue", sourceQueueArns = ["arn:aws:sqs:eu-west-1:123456789012:logferry"]
    }
    error_message = "Only the queue itself may use the dead-letter queue."
  }
}

run "function" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.runtime == "provided.al2023" && aws_lambda_function.this.handler == "bootstrap"
    error_message = "The function must be a bootstrap on provided.al2023."
  }
  assert {
    condition     = tolist(aws_lambda_function.this.architectures) == tolist(["arm64"])
    error_message = "arm64 must be the default."
  }
  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("./tests/fixtures/package.txt")
    error_message = "A new build must be a new deployment."
  }
  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "PassThrough" && length(aws_lambda_function.this.vpc_config) == 0
    error_message = "Tracing and VPC must be off by default."
  }
  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1
    error_message = "No concurrency must be reserved by default."
  }
  assert {
    condition     = aws_cloudwatch_log_group.function.name == "/aws/lambda/${aws_lambda_function.this.function_name}" && aws_cloudwatch_log_group.function.retention_in_days == 30
    error_message = "The function's log group must be the module's own and expire."
  }
  assert {
    condition     = tolist(aws_lambda_event_source_mapping.queue.function_response_types) == tolist(["ReportBatchItemFailures"])
    error_message = "Partial batch responses must be on."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.queue.batch_size == 100 && aws_lambda_event_source_mapping.queue.maximum_batching_window_in_seconds == 60
    error_message = "Small objects must be gathered before a run."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.queue.scaling_config[0].maximum_concurrency == 5
    error_message = "Concurrency must be bounded."
  }
}

run "environment" {
  command = apply

  assert {
    condition = { for k, v in aws_lambda_function.this.environment[0].variables : k => v if k != "LOGFERRY_LEDGER_STREAM" } == {
      LOGFERRY_STREAM                 = "logferry"
      LOGFERRY_CONTINUATION_QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/mocked"
      LOGFERRY_FILTERS                = "[]"
      LOGFERRY_RECORD_BYTES           = "262144"
      LOGFERRY_BATCH_BYTES            = "2000000"
      LOGFERRY_MASK_SECRETS           = "true"
      LOGFERRY_LOG_LEVEL              = "info"
      LOGFERRY_METRICS_NAMESPACE      = "logferry"
      LOGFERRY_OBJECTS_IN_FLIGHT      = "4"
      LOGFERRY_CALLS_IN_FLIGHT        = "1"
      LOGFERRY_DEADLINE_RESERVE_MS    = "10000"
      # 98 % of 5 MiB, for five functions.
      LOGFERRY_BYTES_PER_SECOND = "1027604"
    }
    error_message = "The environment must be exactly the binary's variables."
  }
  assert {
    condition = alltrue([
      for v in local.contract.variables : lookup(aws_lambda_function.this.environment[0].variables, v.name, null) != null if v.required
    ])
    error_message = "A variable without which the binary does not start is not set."
  }
  assert {
    condition     = lookup(aws_lambda_function.this.environment[0].variables, "LOGFERRY_LEDGER_STREAM", "") == (contains(keys(local.variable), "LOGFERRY_LEDGER_STREAM") ? aws_kinesis_firehose_delivery_stream.ledger[0].name : "")
    error_message = "A binary that keeps a ledger must be told its stream."
  }
  # Nothing is left to the binary's defaults but what this module has no word for.
  assert {
    condition     = length(setsubtract(local.contract.variables[*].name, concat(keys(aws_lambda_function.this.environment[0].variables), ["LOGFERRY_LEDGER_STREAM", "LOGFERRY_DROP_COLUMNS", "LOGFERRY_ANONYMISE_IP", "LOGFERRY_SECRET_NAMES", "LOGFERRY_RECORD_COMPRESSION"]))) == 0
    error_message = "A variable of the binary is no input of the module."
  }
  assert {
    condition = alltrue([
      for v in local.contract.variables : lookup(aws_lambda_function.this.environment[0].variables, v.name, v.default) == v.default if v.default != null
    ])
    error_message = "A default of the module is another than the binary's."
  }
}

run "settings_reach_the_binary" {
  command = apply

  variables {
    settings = {
      filters             = "[{\"operation\":\"REST.HEAD.*\",\"action\":\"drop\"}]"
      record_bytes        = 512000
      mask_secrets        = false
      log_level           = "debug"
      metrics_namespace   = "example/logs"
      batch_bytes         = 600000
      objects_in_flight   = 8
      calls_in_flight     = 2
      deadline_reserve_ms = 20000
      bytes_per_second    = 400000
      drop_columns        = ["host_id", "cipher_suite"]
      anonymise_ip        = "truncate"
      secret_names        = ["token"]
      record_compression  = "gzip"
    }
    function = {
      architecture = "x86_64", memory_size = 1024, timeout = 600, reserved_concurrent_executions = 20, tracing_mode = "Active"
      vpc_config   = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    }
  }

  assert {
    condition = { for k, v in aws_lambda_function.this.environment[0].variables : k => v if !contains(["LOGFERRY_CONTINUATION_QUEUE_URL", "LOGFERRY_LEDGER_STREAM"], k) } == {
      LOGFERRY_STREAM              = "logferry"
      LOGFERRY_FILTERS             = "[{\"operation\":\"REST.HEAD.*\",\"action\":\"drop\"}]"
      LOGFERRY_RECORD_BYTES        = "512000"
      LOGFERRY_BATCH_BYTES         = "600000"
      LOGFERRY_OBJECTS_IN_FLIGHT   = "8"
      LOGFERRY_CALLS_IN_FLIGHT     = "2"
      LOGFERRY_DEADLINE_RESERVE_MS = "20000"
      LOGFERRY_BYTES_PER_SECOND    = "400000"
      LOGFERRY_DROP_COLUMNS        = "host_id,cipher_suite"
      LOGFERRY_ANONYMISE_IP        = "truncate"
      LOGFERRY_SECRET_NAMES        = "token"
      LOGFERRY_RECORD_COMPRESSION  = "gzip"
      LOGFERRY_MASK_SECRETS        = "false"
      LOGFERRY_LOG_LEVEL           = "debug"
      LOGFERRY_METRICS_NAMESPACE   = "example/logs"
    }
    error_message = "A setting did not reach the binary."
  }
  assert {
    condition     = local.visibility_timeout_seconds == 3660
    error_message = "The visibility timeout must follow the function's timeout."
  }
  assert {
    condition     = aws_lambda_function.this.vpc_config[0].subnet_ids == toset(["subnet-1"]) && aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "VPC and tracing must reach the function."
  }
  assert {
    condition     = tolist(aws_lambda_function.this.architectures) == tolist(["x86_64"]) && aws_lambda_function.this.memory_size == 1024
    error_message = "Architecture and memory must reach the function."
  }
}

run "staging" {
  command = plan

  assert {
    condition     = aws_s3_bucket.staging.bucket == "logferry-staging-123456789012-eu-west-1" && !aws_s3_bucket.staging.force_destroy
    error_message = "The staging bucket must have a name of its own and resist destruction."
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.staging.block_public_acls, aws_s3_bucket_public_access_block.staging.block_public_policy,
      aws_s3_bucket_public_access_block.staging.ignore_public_acls, aws_s3_bucket_public_access_block.staging.restrict_public_buckets,
    ])
    error_message = "The staging bucket must be closed to the public."
  }
  assert {
    condition = { for r in aws_s3_bucket_lifecycle_configuration.staging.rule : r.filter[0].prefix => r.expiration[0].days if length(r.expiration) > 0 } == {
      "s3-access-log/" = 30, "errors/" = 30, "backfill/" = 30, "backfill-results/" = 30, "replay/" = 30, "ledger-errors/" = 30, "ledger/" = 400
    }
    error_message = "Staged objects must expire (Firehose never deletes them), and the ledger later than the rows."
  }
  assert {
    condition     = length(aws_s3_bucket_logging.staging) == 0
    error_message = "The staging bucket must not log by default."
  }
}
