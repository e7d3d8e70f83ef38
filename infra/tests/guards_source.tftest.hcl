# Every guard on names, log buckets, function, queue, settings and monitoring, each by the one input it refuses.

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

run "name_too_long" {
  command = plan

  variables {
    name = "a-name-that-has-more-than-26"
  }

  expect_failures = [var.name]
}

run "name_with_capitals" {
  command = plan

  variables {
    name = "Logferry"
  }

  expect_failures = [var.name]
}

run "no_log_bucket" {
  command = plan

  variables {
    log_buckets = []
  }

  expect_failures = [var.log_buckets]
}

run "log_bucket_twice" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", prefixes = ["a/"] }, { bucket = "example-logs", prefixes = ["b/"] }]
  }

  expect_failures = [var.log_buckets]
}

run "log_bucket_as_arn" {
  command = plan

  variables {
    log_buckets = [{ bucket = "arn:aws:s3:::example-logs" }]
  }

  expect_failures = [var.log_buckets]
}

run "empty_prefixes" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", prefixes = [] }]
  }

  expect_failures = [var.log_buckets]
}

run "overlapping_prefixes" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", prefixes = ["a/", "a/b/"] }]
  }

  expect_failures = [var.log_buckets]
}

run "wildcard_prefix" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", prefixes = ["a*"] }]
  }

  expect_failures = [var.log_buckets]
}

run "short_account_id" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", account_id = "1234" }]
  }

  expect_failures = [var.log_buckets]
}

run "log_key_alias" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", kms_key_arn = "alias/logs" }]
  }

  expect_failures = [var.log_buckets]
}

run "own_account_id" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", account_id = "123456789012" }]
  }

  expect_failures = [terraform_data.guards]
}

run "unknown_mode" {
  command = plan

  variables {
    notification_mode = "sns"
  }

  expect_failures = [var.notification_mode]
}

run "missing_package" {
  command = plan

  variables {
    package_path = "./no/such/file.zip"
  }

  expect_failures = [var.package_path]
}

run "architecture" {
  command = plan

  variables {
    function = { architecture = "riscv64" }
  }

  expect_failures = [var.function]
}

run "timeout_too_short" {
  command = plan

  variables {
    function = { timeout = 15 }
  }

  expect_failures = [var.function]
}

run "memory_too_small" {
  command = plan

  variables {
    function = { memory_size = 64 }
  }

  expect_failures = [var.function]
}

run "tracing_mode" {
  command = plan

  variables {
    function = { tracing_mode = "Off" }
  }

  expect_failures = [var.function]
}

run "reserved_below_maximum_concurrency" {
  command = plan

  variables {
    function = { reserved_concurrent_executions = 4 }
  }

  expect_failures = [var.queue]
}

run "visibility_below_six_timeouts" {
  command = plan

  variables {
    function = { timeout = 300 }
    queue    = { visibility_timeout_seconds = 1799 }
  }

  expect_failures = [var.queue]
}

run "batch_too_large" {
  command = plan

  variables {
    queue = { batch_size = 1001 }
  }

  expect_failures = [var.queue]
}

run "large_batch_without_window" {
  command = plan

  variables {
    queue = { maximum_batching_window_in_seconds = 0 }
  }

  expect_failures = [var.queue]
}

run "concurrency_of_one" {
  command = plan

  variables {
    queue = { maximum_concurrency = 1 }
  }

  expect_failures = [var.queue]
}

run "retention_shorter_than_retries" {
  command = plan

  variables {
    queue = { message_retention_seconds = 9300 }
  }

  expect_failures = [var.queue]
}

run "one_receive" {
  command = plan

  variables {
    queue = { max_receive_count = 1 }
  }

  expect_failures = [var.queue]
}

run "queue_key_alias" {
  command = plan

  variables {
    queue = { kms_key_arn = "alias/aws/sqs" }
  }

  expect_failures = [var.queue]
}

run "filters_not_a_list" {
  command = plan

  variables {
    settings = { filters = "{\"action\":\"drop\"}" }
  }

  expect_failures = [var.settings]
}

run "filters_not_json" {
  command = plan

  variables {
    settings = { filters = "drop all" }
  }

  expect_failures = [var.settings]
}

run "record_too_large" {
  command = plan

  variables {
    settings = { record_bytes = 1024001 }
  }

  expect_failures = [var.settings]
}

run "log_level" {
  command = plan

  variables {
    settings = { log_level = "verbose" }
  }

  expect_failures = [var.settings]
}

run "metrics_in_a_namespace_of_aws" {
  command = plan

  variables {
    settings = { metrics_namespace = "AWS/Lambda" }
  }

  expect_failures = [var.settings]
}

run "log_retention" {
  command = plan

  variables {
    log_group = { retention_in_days = 31 }
  }

  expect_failures = [var.log_group]
}

run "alarm_action_not_an_arn" {
  command = plan

  variables {
    alarms = { alarm_actions = ["alarms"] }
  }

  expect_failures = [var.alarms]
}

run "ratio_above_one" {
  command = plan

  variables {
    alarms = { quarantine_ratio = 5 }
  }

  expect_failures = [var.alarms]
}
