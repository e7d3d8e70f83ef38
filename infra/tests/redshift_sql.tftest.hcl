# Table, views, user and grants: aimed at the caller's schema, created only on request.

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

run "nothing_is_created_unasked" {
  command = plan

  assert {
    condition     = length(aws_redshiftdata_statement.table) + length(aws_redshiftdata_statement.schema) + length(aws_redshiftdata_statement.first_view) + length(aws_redshiftdata_statement.views) == 0
    error_message = "Without data_api nothing may be created in Redshift."
  }
  assert {
    condition = alltrue([
      for c in split(",", output.data_table_columns) : can(regex("(?m)^\\s*\"?${c}\"?\\s+[A-Z]", local.table_statement))
    ]) && length(split(",", output.data_table_columns)) > 30
    error_message = "A column that rows carry is not a column of the table."
  }
  assert {
    condition     = strcontains(output.table_sql, "CREATE TABLE IF NOT EXISTS public.s3_access_log (") && strcontains(output.table_sql, "CREATE OR REPLACE VIEW public.s3_access_log_distinct AS")
    error_message = "The SQL must be repeatable and name its schema."
  }
}

run "names_of_the_caller" {
  command = apply

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.123456789012.eu-west-1.redshift-serverless.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      schema_name     = "logs"
      table_name      = "requests"
      user_name       = "loader"
      readers         = ["ROLE analysts", "example"]
      data_api        = { workgroup_name = "example", database = "dev", secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-AbCdEf" }
    }
  }

  assert {
    condition     = !strcontains(output.table_sql, "s3_access_log") && strcontains(output.table_sql, "VIEW logs.requests_distinct AS")
    error_message = "Table and views must carry the caller's names."
  }
  assert {
    condition     = aws_redshiftdata_statement.schema[0].sql == "CREATE SCHEMA IF NOT EXISTS logs" && startswith(aws_redshiftdata_statement.table[0].sql, "CREATE TABLE IF NOT EXISTS logs.requests (")
    error_message = "Schema and table must be created."
  }
  assert {
    condition = length(aws_redshiftdata_statement.views) == length(local.view_statements) - 1 && alltrue([
      for s in concat([aws_redshiftdata_statement.table[0], aws_redshiftdata_statement.first_view[0]], values(aws_redshiftdata_statement.views)) :
      s.workgroup_name == "example" && s.cluster_identifier == null && s.database == "dev" && s.secret_arn == "arn:aws:secretsmanager:eu-west-1:123456789012:secret:admin-AbCdEf"
    ])
    error_message = "Each statement must go to the workgroup with the administrator's secret."
  }
  assert {
    condition = alltrue([
      for s in concat([aws_redshiftdata_statement.table[0].sql, aws_redshiftdata_statement.first_view[0].sql], [for v in aws_redshiftdata_statement.views : v.sql]) :
      !strcontains(s, ";")
    ])
    error_message = "The Data API takes one statement per call."
  }
  assert {
    condition     = strcontains(output.user_sql, "GRANT INSERT ON TABLE logs.requests TO loader;") && length(regexall("TO loader;", output.user_sql)) == 2
    error_message = "The user that loads may insert and nothing else."
  }
  assert {
    condition = alltrue([
      for s in ["GRANT USAGE ON SCHEMA logs TO ROLE analysts;", "GRANT SELECT ON logs.requests_distinct TO ROLE analysts;", "GRANT SELECT ON logs.requests TO example;"] : strcontains(output.user_sql, s)
    ]) && !can(regex("(?i)GRANT (ALL|UPDATE|DELETE|CREATE)", output.user_sql))
    error_message = "Readers may read the table and the views."
  }
  assert {
    condition     = strcontains(output.replay_sql, "COPY logs.requests (") && strcontains(output.replay_sql, "MANIFEST ${output.copy_options};")
    error_message = "A batch given up must be loadable from its manifest."
  }
}

run "provisioned" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      data_api        = { cluster_identifier = "example", database = "dev", db_user = "admin" }
    }
  }

  assert {
    condition     = aws_redshiftdata_statement.table[0].cluster_identifier == "example" && aws_redshiftdata_statement.table[0].db_user == "admin"
    error_message = "The statements must go to the cluster."
  }
}
