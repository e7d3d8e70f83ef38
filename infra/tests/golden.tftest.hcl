# The whole configuration as it is rendered, in the ways the module is used. Each run is planned here and judged by scripts:
# golden.py compares it with tests/golden, access.py asks what the policies allow, metrics.py whether what is alarmed on exists.
# What AWS would answer is given for each resource, so that nothing in a plan is unknown and no two resources look alike.

mock_provider "aws" {
  source = "./tests/mocks"
}

override_resource {
  target          = aws_iam_role.function
  override_during = plan
  values          = { id = "logferry-function-eu-west-1", arn = "arn:aws:iam::123456789012:role/logferry-function-eu-west-1" }
}

override_resource {
  target          = aws_iam_role.firehose
  override_during = plan
  values          = { id = "logferry-firehose-eu-west-1", arn = "arn:aws:iam::123456789012:role/logferry-firehose-eu-west-1" }
}

override_resource {
  target          = aws_iam_role.copy
  override_during = plan
  values          = { id = "logferry-copy-eu-west-1", arn = "arn:aws:iam::123456789012:role/logferry-copy-eu-west-1" }
}

override_resource {
  target          = aws_iam_role.schedule
  override_during = plan
  values          = { id = "logferry-schedule-eu-west-1", arn = "arn:aws:iam::123456789012:role/logferry-schedule-eu-west-1" }
}

override_resource {
  target          = aws_iam_role.maintenance
  override_during = plan
  values          = { id = "logferry-maintenance-eu-west-1", arn = "arn:aws:iam::123456789012:role/logferry-maintenance-eu-west-1" }
}

override_resource {
  target          = aws_iam_role.backfill
  override_during = plan
  values          = { id = "logferry-backfill-eu-west-1", arn = "arn:aws:iam::123456789012:role/logferry-backfill-eu-west-1" }
}

override_resource {
  target          = aws_sqs_queue.this
  override_during = plan
  values          = { id = "https://sqs.eu-west-1.amazonaws.com/123456789012/logferry", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/logferry", arn = "arn:aws:sqs:eu-west-1:123456789012:logferry" }
}

override_resource {
  target          = aws_sqs_queue.dead_letter
  override_during = plan
  values          = { id = "https://sqs.eu-west-1.amazonaws.com/123456789012/logferry-dead-letter", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/logferry-dead-letter", arn = "arn:aws:sqs:eu-west-1:123456789012:logferry-dead-letter" }
}

override_resource {
  target          = aws_lambda_function.this
  override_during = plan
  values          = { id = "logferry", arn = "arn:aws:lambda:eu-west-1:123456789012:function:logferry" }
}

override_resource {
  target          = aws_s3_bucket.staging
  override_during = plan
  values          = { id = "logferry-staging-123456789012-eu-west-1", arn = "arn:aws:s3:::logferry-staging-123456789012-eu-west-1" }
}

override_resource {
  target          = aws_kinesis_firehose_delivery_stream.this
  override_during = plan
  values          = { id = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logferry", arn = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logferry" }
}

variables {
  package_path = "./tests/fixtures/package.txt"
  log_buckets  = [{ bucket = "example-logs", prefixes = ["s3/"] }]
  alarms       = { alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"] }
  redshift = {
    cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
    secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
  }
}

run "default" {
  command = plan
}

# Everything that may be given is given: keys, a network, a path and boundary of roles.
run "guarded" {
  command = plan

  variables {
    iam_role_path        = "/logs/"
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
    log_buckets          = [{ bucket = "example-logs", prefixes = ["s3/"], kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/logs" }]
    queue                = { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/queue" }
    staging              = { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/staging" }
    delivery_stream      = { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/stream" }
    log_group            = { kms_key_id = "arn:aws:kms:eu-west-1:123456789012:key/groups" }
    function = {
      kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/function", tracing_mode = "Active"
      vpc_config  = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] }
    }
    redshift = {
      cluster_jdbcurl    = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn         = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      secret_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/secret"
      security_group_id  = "sg-2"
      readers            = ["ROLE analysts", "example"]
    }
  }
}

run "bucket" {
  command = plan

  variables {
    notification_mode = "bucket"
    delivery_stream   = { compression_format = "UNCOMPRESSED" }
    log_buckets       = [{ bucket = "example-logs", prefixes = ["s3/"] }, { bucket = "example-other-logs", account_id = "111122223333" }]
  }
}

run "direct" {
  command = plan

  variables {
    notification_mode = "direct"
    redshift = {
      cluster_jdbcurl    = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn         = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      extra_copy_options = "MAXERROR 10"
    }
  }
}

run "foreign" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", prefixes = ["s3/"] }, { bucket = "example-other-logs", account_id = "111122223333" }]
  }
}

run "private" {
  command = plan

  variables {
    destination = "extended_s3"
    backfill    = { enabled = true, inventory_bucket = "example-inventory" }
    maintenance = {}
    redshift = {
      namespace_arn = "arn:aws:redshift:eu-west-1:123456789012:namespace:example"
      load_schedule = "rate(6 hours)"
      data_api = {
        workgroup_name = "example", database = "dev"
        secret_arn     = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-AbCdEf"
      }
    }
  }
}
