# The procedures and their schedule: made through the Data API, only on request, with no more rights than to call them.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  package_path = "./tests/fixtures/package.txt"
  log_buckets  = [{ bucket = "example-logs" }]
  alarms       = { alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"] }
  maintenance  = {}
  redshift = {
    cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
    secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
    schema_name     = "logs"
    table_name      = "requests"
    data_api        = { cluster_identifier = "example", database = "dev", secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-AbCdEf" }
  }
}

run "scheduled" {
  command = plan

  assert {
    condition     = toset(keys(aws_redshiftdata_statement.maintenance)) == toset(["loads", "maintain", "remove_copies", "remove_quarantined_copies"])
    error_message = "The table of loads and every procedure must be made."
  }
  assert {
    condition     = startswith(aws_redshiftdata_statement.maintenance["maintain"].sql, "CREATE OR REPLACE PROCEDURE logs.requests_maintain(days INTEGER)")
    error_message = "The procedures must carry the caller's names."
  }
  assert {
    condition = jsondecode(aws_scheduler_schedule.maintenance[0].target[0].input) == {
      Sql               = "CALL logs.requests_maintain(8)"
      StatementName     = "logferry-maintenance"
      Database          = "dev"
      ClusterIdentifier = "example"
      SecretArn         = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-AbCdEf"
    }
    error_message = "The schedule must call the procedure with the Data API's own words, and without what is null."
  }
  assert {
    condition     = aws_scheduler_schedule.maintenance[0].target[0].arn == "arn:aws:scheduler:::aws-sdk:redshiftdata:executeStatement" && aws_scheduler_schedule.maintenance[0].schedule_expression == "cron(30 3 * * ? *)"
    error_message = "The target must be the Data API, once a day."
  }
  assert {
    condition = jsondecode(aws_iam_role_policy.maintenance[0].policy).Statement == [
      { Sid = "CallProcedure", Effect = "Allow", Action = ["redshift-data:ExecuteStatement"], Resource = ["arn:aws:redshift:eu-west-1:123456789012:cluster:example"] },
      { Sid = "ReadSecret", Effect = "Allow", Action = ["secretsmanager:GetSecretValue"], Resource = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-AbCdEf"] },
    ]
    error_message = "The schedule may call the procedure and read its secret, nothing else."
  }
}

run "as_a_user_of_the_cluster" {
  command = plan

  variables {
    maintenance = { schedule_expression = "rate(7 days)", days = 15 }
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      data_api        = { cluster_identifier = "example", database = "dev", db_user = "admin" }
    }
  }

  assert {
    condition     = jsondecode(aws_scheduler_schedule.maintenance[0].target[0].input).DbUser == "admin" && jsondecode(aws_scheduler_schedule.maintenance[0].target[0].input).Sql == "CALL public.s3_access_log_maintain(15)"
    error_message = "The call must be the user's, for the days asked for."
  }
  assert {
    condition = jsondecode(aws_iam_role_policy.maintenance[0].policy).Statement[1] == {
      Sid    = "LogInAsUser"
      Effect = "Allow"
      Action = ["redshift:GetClusterCredentials"]
      Resource = [
        "arn:aws:redshift:eu-west-1:123456789012:dbuser:example/admin",
        "arn:aws:redshift:eu-west-1:123456789012:dbname:example/dev",
      ]
    }
    error_message = "The schedule may log in as that user."
  }
}

run "serverless" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.123456789012.eu-west-1.redshift-serverless.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      data_api        = { workgroup_name = "example", database = "dev" }
    }
  }

  assert {
    condition     = [for s in jsondecode(aws_iam_role_policy.maintenance[0].policy).Statement : s.Sid] == ["CallProcedure", "LogInAsRole"] && jsondecode(aws_scheduler_schedule.maintenance[0].target[0].input).WorkgroupName == "example"
    error_message = "Without a secret the schedule's role logs in to the workgroup itself."
  }
}

run "as_the_role_itself" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      data_api        = { cluster_identifier = "example", database = "dev" }
    }
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.maintenance[0].policy).Statement[1] == {
      Sid      = "LogInAsRole"
      Effect   = "Allow"
      Action   = ["redshift:GetClusterCredentialsWithIAM"]
      Resource = ["arn:aws:redshift:eu-west-1:123456789012:dbname:example/dev"]
    }
    error_message = "Without secret and user the schedule's role logs in to the cluster itself."
  }
}

run "not_asked_for" {
  command = plan

  variables {
    maintenance = null
  }

  assert {
    condition     = length(aws_scheduler_schedule.maintenance) + length(aws_iam_role.maintenance) == 0 && length(aws_redshiftdata_statement.maintenance) == 4
    error_message = "Without maintenance there is no schedule; the procedures are there to be called."
  }
}

run "needs_the_data_api" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
    }
  }

  expect_failures = [var.maintenance]
}

run "days_from_one" {
  command = plan

  variables {
    maintenance = { days = 0 }
  }

  expect_failures = [var.maintenance]
}
