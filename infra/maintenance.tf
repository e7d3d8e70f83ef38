# What keeps the table in order: the table of loads, the procedures, and their schedule. The SQL is of contract.json.

locals {
  # What data_api creates beside table and views. None of them reads another when it is made.
  maintenance_statements = { for s in local.contract.sql : s.name => local.sql[s.name] if s.name == "loads" || s.kind == "procedure" }

  # The schedule needs the Data API, and its credentials.
  maintenance = var.maintenance == null ? [] : [for d in local.data_api : merge(d, var.maintenance)]

  maintenance_name = "${var.name}-maintenance"
  maintenance_sql  = [for m in local.maintenance : "CALL ${local.table}_maintain(${m.days})"]

  # A workgroup's ARN ends in an id that nobody chooses, not in its name.
  maintenance_target_arns = [for m in local.maintenance : m.workgroup_name == null
    ? "arn:${local.partition}:redshift:${local.region}:${local.account_id}:cluster:${m.cluster_identifier}"
    : "arn:${local.partition}:redshift-serverless:${local.region}:${local.account_id}:workgroup/*"
  ]

  maintenance_policy_statements = flatten([for i, m in local.maintenance : concat(
    [{
      Sid      = "CallProcedure"
      Effect   = "Allow"
      Action   = ["redshift-data:ExecuteStatement"]
      Resource = [local.maintenance_target_arns[i]]
    }],
    [for arn in compact([m.secret_arn]) : {
      Sid      = "ReadSecret"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = [arn]
    }],
    [for user in compact([m.db_user]) : {
      Sid    = "LogInAsUser"
      Effect = "Allow"
      Action = ["redshift:GetClusterCredentials"]
      Resource = [
        "arn:${local.partition}:redshift:${local.region}:${local.account_id}:dbuser:${m.cluster_identifier}/${user}",
        "arn:${local.partition}:redshift:${local.region}:${local.account_id}:dbname:${m.cluster_identifier}/${m.database}",
      ]
    } if m.cluster_identifier != null],
    # Neither secret nor user: the role itself logs in.
    [for d in m.secret_arn == null && (m.db_user == null || m.workgroup_name != null) ? [m.database] : [] : {
      Sid    = "LogInAsRole"
      Effect = "Allow"
      Action = [m.workgroup_name == null ? "redshift:GetClusterCredentialsWithIAM" : "redshift-serverless:GetCredentials"]
      Resource = [m.workgroup_name == null
        ? "arn:${local.partition}:redshift:${local.region}:${local.account_id}:dbname:${m.cluster_identifier}/${d}"
        : local.maintenance_target_arns[i]
      ]
    }],
  )])
}

resource "aws_redshiftdata_statement" "maintenance" {
  for_each = length(local.data_api) == 0 ? {} : local.maintenance_statements

  cluster_identifier = local.data_api[0].cluster_identifier
  workgroup_name     = local.data_api[0].workgroup_name
  database           = local.data_api[0].database
  secret_arn         = local.data_api[0].secret_arn
  db_user            = local.data_api[0].db_user
  statement_name     = "${var.name}-${each.key}"
  sql                = each.value

  depends_on = [aws_redshiftdata_statement.table]
}

resource "aws_iam_role" "maintenance" {
  count = length(local.maintenance)

  name                 = "${local.maintenance_name}-${local.region}"
  path                 = var.iam_role_path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = local.trust.schedule
  tags                 = var.tags
}

resource "aws_iam_role_policy" "maintenance" {
  count = length(local.maintenance)

  name   = "logferry"
  role   = aws_iam_role.maintenance[0].id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.maintenance_policy_statements })
}

# One statement a day, no function. Whether it ran well, Redshift says: the Data API answers before it ends.
resource "aws_scheduler_schedule" "maintenance" {
  count = length(local.maintenance)

  name                         = local.maintenance_name
  description                  = "Removes copies from ${local.table}, of what was loaded in the last ${local.maintenance[0].days} days."
  schedule_expression          = local.maintenance[0].schedule_expression
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 30
  }

  target {
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:redshiftdata:executeStatement"
    role_arn = aws_iam_role.maintenance[0].arn

    # The names of the API's reference; what is null is left out.
    input = jsonencode({ for k, v in {
      Sql               = local.maintenance_sql[0]
      StatementName     = local.maintenance_name
      Database          = local.maintenance[0].database
      ClusterIdentifier = local.maintenance[0].cluster_identifier
      WorkgroupName     = local.maintenance[0].workgroup_name
      SecretArn         = local.maintenance[0].secret_arn
      DbUser            = local.maintenance[0].db_user
    } : k => v if v != null })

    retry_policy {
      maximum_retry_attempts       = 3
      maximum_event_age_in_seconds = 3600
    }
  }

  depends_on = [aws_redshiftdata_statement.maintenance, aws_iam_role_policy.maintenance]
}
