# What a plan refuses that several variables or the account make wrong together, and what it must not refuse.

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

run "own_account_id" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", account_id = "123456789012" }]
  }

  expect_failures = [terraform_data.guards]
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

run "filters_not_a_list" {
  command = plan

  variables {
    settings = { filters = "{\"action\":\"drop\"}" }
  }

  expect_failures = [terraform_data.limits]
}

run "filters_not_json" {
  command = plan

  variables {
    settings = { filters = "drop all" }
  }

  expect_failures = [terraform_data.limits]
}

run "reserve_above_half_of_the_timeout" {
  command = plan

  variables {
    function = { timeout = 30 }
    settings = { deadline_reserve_ms = 20000 }
  }

  expect_failures = [var.settings]
}

run "two_packages" {
  command = plan

  variables {
    package_s3 = { bucket = "example", key = "bootstrap.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  }

  expect_failures = [var.package_path]
}

run "sha256_in_hex" {
  command = plan

  variables {
    package_path = null
    package_url  = { url = "https://example.com/bootstrap.zip", sha256_base64 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }
  }

  expect_failures = [var.package_url]
}

run "bucket_of_another_region" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", region = "us-east-1" }]
  }

  expect_failures = [terraform_data.guards]
}

run "queue_policy_too_long" {
  command = plan

  variables {
    notification_mode = "bucket"
    log_buckets       = [for i in range(100) : { bucket = "example-logs-with-a-name-that-takes-up-much-room-${i + 100}" }]
  }

  expect_failures = [terraform_data.limits]
}

run "event_pattern_too_long" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", prefixes = [for i in range(60) : "s3/accounts/${1000 + i}/of-some-length/"] }]
  }

  expect_failures = [terraform_data.limits]
}

run "more_rules_than_a_bus_takes" {
  command = plan

  variables {
    log_buckets = [for i in range(101) : { bucket = "l${i}-x" }]
  }

  expect_failures = [terraform_data.limits]
}

run "variables_too_long" {
  command = plan

  variables {
    settings = { filters = jsonencode([{ operation = [for i in range(60) : "REST.GET.SOMETHING.OF.A.LENGTH.THAT.NO.OPERATION.HAS.AS.YET.${i}"], action = "keep" }]), metrics_namespace = "n${join("", [for i in range(250) : "x"])}" }
    name     = "a-name-of-26-characters-ab"
  }

  expect_failures = [terraform_data.limits]
}

run "copy_job_takes_no_maxerror" {
  command = plan

  variables {
    destination = "extended_s3"
    redshift    = { extra_copy_options = "MAXERROR 5" }
  }

  expect_failures = [var.redshift]
}

run "derived_staging_is_a_log_bucket" {
  command = plan

  variables {
    log_buckets = [{ bucket = "logferry-staging-123456789012-eu-west-1" }]
  }

  expect_failures = [terraform_data.guards]
}

run "staging_logs_into_a_read_prefix" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", prefixes = ["s3/"] }]
    staging     = { logging = { target_bucket = "example-logs", target_prefix = "s3/staging/" } }
  }

  expect_failures = [var.staging]
}

run "staging_logs_above_a_read_prefix" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", prefixes = ["s3/2"] }]
    staging     = { logging = { target_bucket = "example-logs", target_prefix = "s3/" } }
  }

  expect_failures = [var.staging]
}

run "staging_may_log_elsewhere" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", prefixes = ["s3/"] }]
    staging     = { logging = { target_bucket = "example-logs", target_prefix = "staging/" } }
  }

  assert {
    condition     = aws_s3_bucket_logging.staging[0].target_prefix == "staging/"
    error_message = "A prefix outside those read must be allowed."
  }
}

run "derived_staging_name_too_long" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { id = "xx-longernames-1", name = "xx-longernames-1" }
  }

  variables {
    name = "abcdefghijklmnopqrstuvwxyz"
  }

  expect_failures = [terraform_data.guards]
}

run "copy_options_too_long" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl    = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn         = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      extra_copy_options = join(" ", [for i in range(1000) : "MAXERROR 10"])
    }
  }

  expect_failures = [terraform_data.guards]
}

run "load_schedule_without_a_way_in" {
  command = plan

  variables {
    destination = "extended_s3"
    redshift    = { load_schedule = "rate(6 hours)" }
  }

  expect_failures = [var.redshift]
}
