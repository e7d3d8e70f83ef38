# The delivery stream in both destinations, and COPY options that follow the compression.

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

run "redshift_by_default" {
  command = plan

  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this.destination == "redshift" && length(aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration) == 0
    error_message = "Redshift must be the default destination."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].data_table_name == "public.s3_access_log"
    error_message = "The table must be named with its schema."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].data_table_columns == join(",", [for c in jsondecode(file("./contract.json")).columns : c.name if c.name != "loaded_at"])
    error_message = "The columns must be the generated ones."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].retry_duration == 7200
    error_message = "COPY must be retried for two hours."
  }
  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].secrets_manager_configuration[0].enabled &&
      aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].secrets_manager_configuration[0].secret_arn == var.redshift.secret_arn &&
      aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].password == null
    )
    error_message = "The password must stay in Secrets Manager."
  }
  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].cloudwatch_logging_options[0].log_stream_name == "RedshiftDelivery" &&
      aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].s3_configuration[0].cloudwatch_logging_options[0].log_stream_name == "S3Delivery"
    )
    error_message = "Both delivery logs must be on."
  }
  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].s3_configuration[0].buffering_size == 64 &&
      aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].s3_configuration[0].buffering_interval == 900
    )
    error_message = "The buffer must be 64 MB or 900 s."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].s3_configuration[0].error_output_prefix == null
    error_message = "Firehose refuses an error prefix for Redshift."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this.server_side_encryption[0].enabled && aws_kinesis_firehose_delivery_stream.this.server_side_encryption[0].key_type == "AWS_OWNED_CMK"
    error_message = "The stream must be encrypted."
  }
  assert {
    condition     = output.copy_job_sql == null && length(aws_iam_role.copy) == 1
    error_message = "A COPY JOB would load what Firehose loads already."
  }
}

run "gzip" {
  command = plan

  assert {
    condition     = output.copy_options == "JSON 'auto' GZIP TIMEFORMAT 'auto' TRUNCATECOLUMNS ACCEPTINVCHARS AS '?' COMPUPDATE OFF"
    error_message = "GZIP objects need GZIP in the COPY options."
  }
  assert {
    condition = (
      aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].s3_configuration[0].compression_format == "GZIP" &&
      aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].copy_options == output.copy_options
    )
    error_message = "Stream and COPY options must agree."
  }
}

run "uncompressed" {
  command = plan

  variables {
    delivery_stream = { compression_format = "UNCOMPRESSED" }
  }

  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].copy_options == "JSON 'auto' TIMEFORMAT 'auto' TRUNCATECOLUMNS ACCEPTINVCHARS AS '?' COMPUPDATE OFF"
    error_message = "Without compression there must be no GZIP."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].s3_configuration[0].compression_format == "UNCOMPRESSED"
    error_message = "The stream must not compress."
  }
}

run "extra_copy_options_and_key" {
  command = plan

  variables {
    delivery_stream = { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/stream" }
    redshift = {
      cluster_jdbcurl    = "jdbc:redshift://example.123456789012.eu-west-1.redshift-serverless.amazonaws.com:5439/dev"
      secret_arn         = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      extra_copy_options = "MAXERROR 10"
    }
  }

  assert {
    condition     = endswith(aws_kinesis_firehose_delivery_stream.this.redshift_configuration[0].copy_options, " COMPUPDATE OFF MAXERROR 10")
    error_message = "Extra options must come last."
  }
  assert {
    condition     = aws_kinesis_firehose_delivery_stream.this.server_side_encryption[0].key_type == "CUSTOMER_MANAGED_CMK" && aws_kinesis_firehose_delivery_stream.this.server_side_encryption[0].key_arn == "arn:aws:kms:eu-west-1:123456789012:key/stream"
    error_message = "A key given must encrypt the stream."
  }
}

run "private" {
  command = apply

  variables {
    destination = "extended_s3"
    redshift    = { namespace_arn = "arn:aws:redshift:eu-west-1:123456789012:namespace:example" }
  }

  assert {
    condition     = length(aws_kinesis_firehose_delivery_stream.this.redshift_configuration) == 0 && aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].prefix == "s3-access-log/"
    error_message = "The stream must stop at the staging bucket."
  }
  assert {
    condition     = !startswith(aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].error_output_prefix, "s3-access-log/")
    error_message = "COPY JOB must not see what failed."
  }
  assert {
    condition     = length(aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].processing_configuration) == 0 && length(aws_kinesis_firehose_delivery_stream.this.extended_s3_configuration[0].dynamic_partitioning_configuration) == 0
    error_message = "Packed records must not be taken apart."
  }
  assert {
    condition = alltrue([
      strcontains(output.copy_job_sql, "COPY public.s3_access_log (${output.data_table_columns})\nFROM 's3://${local.staging_bucket}/s3-access-log/'"),
      strcontains(output.copy_job_sql, "IAM_ROLE '${output.copy_role_arn}'"),
      strcontains(output.copy_job_sql, output.copy_options),
      strcontains(output.copy_job_sql, "JOB CREATE logferry_s3_access_log AUTO ON;"),
      !strcontains(output.copy_job_sql, "MANIFEST"),
    ])
    error_message = "The COPY JOB must load the staged files with the stream's options."
  }
  assert {
    condition     = contains(local.staging_policy.Statement[*].Sid, "LetRedshiftWatch") && !strcontains(local.policies.firehose, "secretsmanager")
    error_message = "Redshift must be able to watch the bucket, and Firehose needs no secret."
  }
}

run "no_copy_alarm_where_firehose_does_not_copy" {
  command = plan

  variables {
    destination = "extended_s3"
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.this), "copy-failing") && length(aws_scheduler_schedule.this) == 0
    error_message = "Without Firehose's COPY and without a way to ask Redshift there is nothing to watch."
  }
}
