# Every example can be planned.

mock_provider "aws" {
  source = "./tests/mocks"
}

mock_provider "aws" {
  alias  = "logs_account"
  source = "./tests/mocks"
}

variables {
  package_path    = "./tests/fixtures/package.txt"
  log_bucket      = "example-logs"
  cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
  secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
  alarm_topic_arn = "arn:aws:sns:eu-west-1:123456789012:alarms"
}

run "minimal" {
  command = apply

  module {
    source = "./examples/minimal"
  }

  assert {
    condition     = strcontains(output.logferry.user_sql, "GRANT INSERT ON TABLE public.s3_access_log")
    error_message = "The example must print the SQL a person runs."
  }
  assert {
    condition = (
      jsondecode(output.operator).logferry == "stack" && jsondecode(output.operator).version == 1 && jsondecode(output.operator).region == "eu-west-1" &&
      jsondecode(output.operator).log_buckets == [{ bucket = "example-logs", prefixes = [""], account_id = "123456789012" }] &&
      jsondecode(output.operator).queue.retention == 1209600 && jsondecode(output.operator).staging.prefix == "s3-access-log/" &&
      jsondecode(output.operator).redshift.cluster_identifier == "example" && jsondecode(output.operator).redshift.workgroup == null &&
      jsondecode(output.operator).redshift.database == "dev" && jsondecode(output.operator).ledger.stream == "logferry-ledger"
    )
    error_message = "The tool must be told where everything is."
  }
}

run "existing_bucket_eventbridge" {
  command = plan

  variables {
    security_group_id = "sg-1"
  }

  module {
    source = "./examples/existing-bucket-eventbridge"
  }

  assert {
    condition     = keys(output.eventbridge_commands) == ["example-logs"]
    error_message = "The example must say how to switch EventBridge on."
  }
}

run "redshift_serverless" {
  command = plan

  variables {
    workgroup_name     = "example"
    workgroup_endpoint = "example.123456789012.eu-west-1.redshift-serverless.amazonaws.com"
    load_secret_arn    = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:load-AbCdEf"
    admin_secret_arn   = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-AbCdEf"
  }

  module {
    source = "./examples/redshift-serverless"
  }

  assert {
    condition     = strcontains(output.user_sql, "logs.s3_access_log")
    error_message = "The grants must name the schema."
  }
}

run "private_copy_job" {
  command = apply

  variables {
    namespace_arn = "arn:aws:redshift:eu-west-1:123456789012:namespace:example"
  }

  module {
    source = "./examples/private-copy-job"
  }

  assert {
    condition     = strcontains(output.copy_job_sql, "IAM_ROLE '${output.copy_role_arn}'") && strcontains(output.copy_job_sql, "AUTO ON")
    error_message = "The example must print a COPY JOB with the module's role."
  }
}

run "several_accounts" {
  command = plan

  variables {
    own_buckets           = ["example-logs", "example-more-logs"]
    other_bucket          = "example-other-logs"
    other_account_id      = "111122223333"
    logs_account_role_arn = "arn:aws:iam::111122223333:role/logs"
  }

  module {
    source = "./examples/several-accounts"
  }

  assert {
    condition     = keys(output.logferry.log_bucket_policy_statements) == ["example-other-logs"]
    error_message = "Only the other account's bucket needs statements."
  }
}

run "serverless_by_schedule" {
  command = apply

  variables {
    workgroup_name   = "example"
    namespace_arn    = "arn:aws:redshift-serverless:eu-west-1:123456789012:namespace/example"
    admin_secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-AbCdEf"
  }

  module {
    source = "./examples/serverless-by-schedule"
  }

  assert {
    condition     = strcontains(output.copy_job_sql, "AUTO OFF") && jsondecode(output.operator).redshift.workgroup == "example"
    error_message = "The job must wait for the schedule."
  }
}
