# Every guard on destination, stream, staging bucket and Redshift, each by the one input it refuses.

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

run "destination_unknown" {
  command = plan

  variables {
    destination = "s3"
  }

  expect_failures = [var.destination]
}

run "redshift_without_url" {
  command = plan

  variables {
    redshift = { secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf" }
  }

  expect_failures = [var.redshift]
}

run "redshift_without_secret" {
  command = plan

  variables {
    redshift = { cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev" }
  }

  expect_failures = [var.redshift]
}

run "url_without_port" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
    }
  }

  expect_failures = [var.redshift]
}

run "url_with_parameters" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev?ssl=true"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
    }
  }

  expect_failures = [var.redshift]
}

run "url_of_a_custom_domain" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://warehouse.example.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
    }
  }

  expect_failures = [var.redshift]
}

run "url_without_jdbc" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
    }
  }

  expect_failures = [var.redshift]
}

run "secret_is_no_arn" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "a-password"
    }
  }

  expect_failures = [var.redshift]
}

run "schema_to_inject" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      schema_name     = "public; drop table x"
    }
  }

  expect_failures = [var.redshift]
}

run "retry_too_long" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      retry_duration  = 7201
    }
  }

  expect_failures = [var.redshift]
}

run "gzip_by_hand" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl    = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn         = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      extra_copy_options = "gzip"
    }
  }

  expect_failures = [var.redshift]
}

run "manifest_by_hand" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl    = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn         = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      extra_copy_options = "MANIFEST"
    }
  }

  expect_failures = [var.redshift]
}

run "statupdate_needs_the_owner" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl    = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn         = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      extra_copy_options = "STATUPDATE OFF"
    }
  }

  expect_failures = [var.redshift]
}

run "copy_job_takes_no_maxerror" {
  command = plan

  variables {
    destination = "extended_s3"
    redshift    = { extra_copy_options = "MAXERROR 5" }
  }

  expect_failures = [var.redshift]
}

run "data_api_without_a_target" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      data_api        = { database = "dev" }
    }
  }

  expect_failures = [var.redshift]
}

run "data_api_with_two_targets" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      data_api        = { database = "dev", cluster_identifier = "a", workgroup_name = "b" }
    }
  }

  expect_failures = [var.redshift]
}

run "two_loaders_of_one_file" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      namespace_arn   = "arn:aws:redshift:eu-west-1:123456789012:namespace:example"
    }
  }

  expect_failures = [var.redshift]
}

run "compression_redshift_cannot_read" {
  command = plan

  variables {
    delivery_stream = { compression_format = "Snappy" }
  }

  expect_failures = [var.delivery_stream]
}

run "buffer_too_large" {
  command = plan

  variables {
    delivery_stream = { buffering_size = 129 }
  }

  expect_failures = [var.delivery_stream]
}

run "interval_too_short" {
  command = plan

  variables {
    delivery_stream = { buffering_interval = 0 }
  }

  expect_failures = [var.delivery_stream]
}

run "prefix_expression" {
  command = plan

  variables {
    staging = { prefix = "!{timestamp:yyyy}/" }
  }

  expect_failures = [var.staging]
}

run "prefix_expression_inside" {
  command = plan

  variables {
    staging = { prefix = "rows/!{timestamp:yyyy}/" }
  }

  expect_failures = [var.staging]
}

run "prefix_without_slash" {
  command = plan

  variables {
    staging = { prefix = "rows" }
  }

  expect_failures = [var.staging]
}

run "prefix_within_errors" {
  command = plan

  variables {
    staging = { prefix = "errors/rows/" }
  }

  expect_failures = [var.staging]
}

run "expires_before_replay" {
  command = plan

  variables {
    staging = { expiration_days = 13 }
  }

  expect_failures = [var.staging]
}

run "staging_name_with_dots" {
  command = plan

  variables {
    staging = { bucket = "example.staging" }
  }

  expect_failures = [var.staging]
}

run "staging_is_a_log_bucket" {
  command = plan

  variables {
    staging = { bucket = "example-logs" }
  }

  expect_failures = [var.staging]
}

run "derived_staging_is_a_log_bucket" {
  command = plan

  variables {
    log_buckets = [{ bucket = "logferry-staging-123456789012-eu-west-1" }]
  }

  expect_failures = [terraform_data.guards]
}

run "staging_logs_into_a_read_bucket" {
  command = plan

  variables {
    staging = { logging = { target_bucket = "example-logs", target_prefix = "staging/" } }
  }

  expect_failures = [var.staging]
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
