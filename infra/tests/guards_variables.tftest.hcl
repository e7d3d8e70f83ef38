# What the variables refuse. Every line below a comment is one mistake; each run makes some at once, in variables that do not
# look at one another, and every variable named must refuse: a run costs a second, whatever it holds.

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

run "mistakes_1" {
  command = plan

  variables {
    # Name too long.
    name = "a-name-that-has-more-than-26"
    # No log bucket.
    log_buckets = []
    # Unknown mode.
    notification_mode = "sns"
    # Missing package.
    package_path = "./no/such/file.zip"
    # Architecture.
    function = { architecture = "riscv64" }
    # Log retention.
    log_group = { retention_in_days = 31 }
    # Alarm action not an arn.
    alarms = { alarm_actions = ["alarms"] }
    # Role is no arn.
    roles = { function = "logferry" }
    # Role path.
    iam_role_path = "logs"
    # Runbook that cannot be clicked.
    runbook_base_url = "docs/runbook.md"
    # Destination unknown.
    destination = "s3"
    # Compression redshift cannot read.
    delivery_stream = { compression_format = "Snappy" }
    # Ledger gone too early.
    ledger = { expiration_days = 7 }
  }

  expect_failures = [
    var.name,
    var.log_buckets,
    var.notification_mode,
    var.package_path,
    var.function,
    var.log_group,
    var.alarms,
    var.roles,
    var.iam_role_path,
    var.runbook_base_url,
    var.destination,
    var.delivery_stream,
    var.ledger,
  ]
}

run "mistakes_2" {
  command = plan

  variables {
    # Name with capitals.
    name = "Logferry"
    # Log bucket twice.
    log_buckets = [{ bucket = "example-logs", prefixes = ["a/"] }, { bucket = "example-logs", prefixes = ["b/"] }]
    # Timeout too short.
    function = { timeout = 15 }
    # Ratio above one.
    alarms = { quarantine_ratio = 5 }
    # Redshift without url.
    redshift = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf" }
    # Buffer too large.
    delivery_stream = { buffering_size = 129 }
  }

  expect_failures = [
    var.name,
    var.log_buckets,
    var.function,
    var.alarms,
    var.redshift,
    var.delivery_stream,
  ]
}

run "mistakes_3" {
  command = plan

  variables {
    # Log bucket as arn.
    log_buckets = [{ bucket = "arn:aws:s3:::example-logs" }]
    # Memory too small.
    function = { memory_size = 64 }
    # Silence beyond a week.
    alarms = { silence_hours = 200 }
    # Redshift without secret.
    redshift = { cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev" }
    # Interval too short.
    delivery_stream = { buffering_interval = 0 }
  }

  expect_failures = [
    var.log_buckets,
    var.function,
    var.alarms,
    var.redshift,
    var.delivery_stream,
  ]
}

run "mistakes_4" {
  command = plan

  variables {
    # Empty prefixes.
    log_buckets = [{ bucket = "example-logs", prefixes = [] }]
    # Tracing mode.
    function = { tracing_mode = "Off" }
    # Url without port.
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
    }
  }

  expect_failures = [
    var.log_buckets,
    var.function,
    var.redshift,
  ]
}

run "mistakes_5" {
  command = plan

  variables {
    # Overlapping prefixes.
    log_buckets = [{ bucket = "example-logs", prefixes = ["a/", "a/b/"] }]
    # Batch too large.
    queue = { batch_size = 1001 }
    # Record too large.
    settings = { record_bytes = 1024001 }
    # Url with parameters.
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev?ssl=true"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
    }
  }

  expect_failures = [
    var.log_buckets,
    var.queue,
    var.settings,
    var.redshift,
  ]
}

run "mistakes_6" {
  command = plan

  variables {
    # Wildcard prefix.
    log_buckets = [{ bucket = "example-logs", prefixes = ["a*"] }]
    # Large batch without window.
    queue = { maximum_batching_window_in_seconds = 0 }
    # Log level.
    settings = { log_level = "verbose" }
    # Url of a custom domain.
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://warehouse.example.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
    }
  }

  expect_failures = [
    var.log_buckets,
    var.queue,
    var.settings,
    var.redshift,
  ]
}

run "mistakes_7" {
  command = plan

  variables {
    # Short account id.
    log_buckets = [{ bucket = "example-logs", account_id = "1234" }]
    # Concurrency of one.
    queue = { maximum_concurrency = 1 }
    # Metrics in a namespace of aws.
    settings = { metrics_namespace = "AWS/Lambda" }
    # Url without jdbc.
    redshift = {
      cluster_jdbcurl = "redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
    }
  }

  expect_failures = [
    var.log_buckets,
    var.queue,
    var.settings,
    var.redshift,
  ]
}

run "mistakes_8" {
  command = plan

  variables {
    # Log key alias.
    log_buckets = [{ bucket = "example-logs", kms_key_arn = "alias/logs" }]
    # Retention shorter than retries.
    queue = { message_retention_seconds = 9300 }
    # A call below a record.
    settings = { record_bytes = 500000, batch_bytes = 400000 }
    # Secret is no arn.
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "a-password"
    }
  }

  expect_failures = [
    var.log_buckets,
    var.queue,
    var.settings,
    var.redshift,
  ]
}

run "mistakes_9" {
  command = plan

  variables {
    # One receive.
    queue = { max_receive_count = 1 }
    # A dropped column that says what a row is.
    settings = { drop_columns = ["record_id"] }
    # Schema to inject.
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      schema_name     = "public; drop table x"
    }
    # Prefix expression.
    staging = { prefix = "!{timestamp:yyyy}/" }
  }

  expect_failures = [
    var.queue,
    var.settings,
    var.redshift,
    var.staging,
  ]
}

run "mistakes_10" {
  command = plan

  variables {
    # A pace below what the binary takes.
    settings = { bytes_per_second = 5000 }
    # Queue key alias.
    queue = { kms_key_arn = "alias/aws/sqs" }
    # Retry too long.
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      retry_duration  = 7201
    }
    # Prefix expression inside.
    staging = { prefix = "rows/!{timestamp:yyyy}/" }
  }

  expect_failures = [
    var.queue,
    var.settings,
    var.redshift,
    var.staging,
  ]
}

run "mistakes_11" {
  command = plan

  variables {
    # A reserve below what the binary takes.
    settings = { deadline_reserve_ms = 1999 }
    # Gzip by hand.
    redshift = {
      cluster_jdbcurl    = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn         = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      extra_copy_options = "gzip"
    }
    # Prefix without slash.
    staging = { prefix = "rows" }
  }

  expect_failures = [
    var.settings,
    var.redshift,
    var.staging,
  ]
}

run "mistakes_12" {
  command = plan

  variables {
    # Manifest by hand.
    redshift = {
      cluster_jdbcurl    = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn         = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      extra_copy_options = "MANIFEST"
    }
    # Prefix within errors.
    staging = { prefix = "errors/rows/" }
  }

  expect_failures = [
    var.redshift,
    var.staging,
  ]
}

run "mistakes_13" {
  command = plan

  variables {
    # Statupdate needs the owner.
    redshift = {
      cluster_jdbcurl    = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn         = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      extra_copy_options = "STATUPDATE OFF"
    }
    # Expires before replay.
    staging = { expiration_days = 13 }
  }

  expect_failures = [
    var.redshift,
    var.staging,
  ]
}

run "mistakes_14" {
  command = plan

  variables {
    # Data api without a target.
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      data_api        = { database = "dev" }
    }
    # Staging name with dots.
    staging = { bucket = "example.staging" }
  }

  expect_failures = [
    var.redshift,
    var.staging,
  ]
}

run "mistakes_15" {
  command = plan

  variables {
    # Data api with two targets.
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      data_api        = { database = "dev", cluster_identifier = "a", workgroup_name = "b" }
    }
    # Staging is a log bucket.
    staging = { bucket = "example-logs" }
  }

  expect_failures = [
    var.redshift,
    var.staging,
  ]
}

run "mistakes_16" {
  command = plan

  variables {
    # Two loaders of one file.
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      namespace_arn   = "arn:aws:redshift:eu-west-1:123456789012:namespace:example"
    }
    # Staging logs into a read bucket.
    staging = { logging = { target_bucket = "example-logs", target_prefix = "staging/" } }
  }

  expect_failures = [
    var.redshift,
    var.staging,
  ]
}

run "mistakes_17" {
  command = plan

  variables {
    # Reader to inject.
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      readers         = ["alice; DROP TABLE x"]
    }
    # Rows where the ledger is.
    staging = { prefix = "ledger/" }
  }

  expect_failures = [
    var.redshift,
    var.staging,
  ]
}
