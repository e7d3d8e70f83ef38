# What runs in Redshift by the clock, through the Data API: the load, for who lets a Serverless workgroup sleep between loads,
# and the question whether anything was loaded. Both only where Redshift loads by itself (extended_s3).

locals {
  schedules = length(local.data_api) == 0 || local.redshift_destination ? {} : {
    for name, s in {
      load = {
        expression = coalesce(var.redshift.load_schedule, "-")
        sql        = "COPY JOB RUN ${local.copy_job}"
      }
      # Fails with a division by zero where nothing was loaded; only a success counts.
      load-check = {
        expression = coalesce(var.alarms.load_check_schedule, "-")
        sql        = "SELECT 1 / CASE WHEN COUNT(*) > 0 THEN 1 ELSE 0 END FROM ${local.table} WHERE loaded_at > DATEADD(hour, -${var.alarms.load_check_hours}, GETDATE())"
      }
    } : name => s if s.expression != "-" && (name == "load" || var.alarms.enabled)
  }

  warehouse_arns = [for d in local.data_api : (
    d.cluster_identifier != null
    ? "arn:${local.partition}:redshift:${local.region}:${local.account_id}:cluster:${d.cluster_identifier}"
    # A workgroup's ARN ends in an id that its name does not tell.
    : "arn:${local.partition}:redshift-serverless:${local.region}:${local.account_id}:workgroup/*"
  )]

  schedule_statements = concat(
    [
      {
        Sid      = "RunStatements"
        Effect   = "Allow"
        Action   = ["redshift-data:ExecuteStatement"]
        Resource = local.warehouse_arns
      },
    ],
    [
      for d in local.data_api : {
        Sid      = "ReadSecret"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = [d.secret_arn]
      } if d.secret_arn != null
    ],
    [
      for d in local.data_api : {
        Sid    = "LogIn"
        Effect = "Allow"
        Action = ["redshift:GetClusterCredentials"]
        Resource = [
          "arn:${local.partition}:redshift:${local.region}:${local.account_id}:dbuser:${coalesce(d.cluster_identifier, "-")}/${coalesce(d.db_user, "-")}",
          "arn:${local.partition}:redshift:${local.region}:${local.account_id}:dbname:${coalesce(d.cluster_identifier, "-")}/${d.database}",
        ]
      } if d.secret_arn == null && d.cluster_identifier != null
    ],
    [
      for d in local.data_api : {
        Sid      = "LogInServerless"
        Effect   = "Allow"
        Action   = ["redshift-serverless:GetCredentials"]
        Resource = local.warehouse_arns
      } if d.secret_arn == null && d.workgroup_name != null
    ],
  )
}

resource "aws_iam_role" "schedule" {
  count = length(local.schedules) > 0 ? 1 : 0

  name                 = "${var.name}-schedule-${local.region}"
  path                 = var.iam_role_path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = local.trust.schedule
  tags                 = var.tags
}

resource "aws_iam_role_policy" "schedule" {
  count = length(local.schedules) > 0 ? 1 : 0

  name   = "logferry"
  role   = aws_iam_role.schedule[0].id
  policy = local.policies.schedule
}

resource "aws_scheduler_schedule" "this" {
  for_each = local.schedules

  name                = "${var.name}-${each.key}"
  schedule_expression = each.value.expression

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:redshiftdata:executeStatement"
    role_arn = aws_iam_role.schedule[0].arn

    input = jsonencode({ for name, value in {
      Database          = local.data_api[0].database
      WorkgroupName     = local.data_api[0].workgroup_name
      ClusterIdentifier = local.data_api[0].cluster_identifier
      SecretArn         = local.data_api[0].secret_arn
      DbUser            = local.data_api[0].db_user
      Sql               = each.value.sql
      StatementName     = "${var.name}-${each.key}"
      WithEvent         = true
    } : name => value if value != null })
  }

  depends_on = [aws_iam_role_policy.schedule]
}

# The answers that were good, counted: the alarm rows-not-loaded is about those that do not come, whatever the reason.
resource "aws_cloudwatch_event_rule" "loaded" {
  count = contains(keys(local.schedules), "load-check") ? 1 : 0

  name        = "${var.name}-loaded"
  description = "The check that Redshift loads was answered well. Has no target: its count is what an alarm looks at."
  tags        = var.tags

  event_pattern = jsonencode({
    source      = ["aws.redshift-data"]
    detail-type = ["Redshift Data Statement Status Change"]
    detail      = { statementName = ["${var.name}-load-check"], state = ["FINISHED"] }
  })
}
