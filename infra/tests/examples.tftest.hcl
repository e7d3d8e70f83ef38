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
}

run "minimal" {
  command = plan

  module {
    source = "./examples/minimal"
  }

  assert {
    condition     = strcontains(output.logferry.user_sql, "GRANT INSERT ON TABLE public.s3_access_log")
    error_message = "The example must print the SQL a person runs."
  }
}

run "existing_bucket_eventbridge" {
  command = plan

  variables {
    security_group_id = "sg-1"
    alarm_topic_arn   = "arn:aws:sns:eu-west-1:123456789012:alarms"
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
