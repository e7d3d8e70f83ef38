# The table, its views and the SQL a person runs, aimed at the schema and table of the caller.

locals {
  table = "${var.redshift.schema_name}.${var.redshift.table_name}"

  # Repeatable forms: an apply after a change of the SQL runs it again. The contract's order is one they run in.
  table_statement = local.sql["table"]
  views           = [for s in local.contract.sql : s.name if s.kind == "view"]
  view_statements = [for v in local.views : local.sql[v]]
  view_names      = [for v in local.views : "${var.redshift.table_name}_${v}"]

  schema_statement = "CREATE SCHEMA IF NOT EXISTS ${var.redshift.schema_name}"

  table_sql = join("\n\n", [for s in concat([local.schema_statement], [for s in local.contract.sql : local.sql[s.name]]) : "${s};"])

  user_sql = templatefile("${path.module}/templates/user.sql.tftpl", {
    schema = var.redshift.schema_name
    table  = local.table
    user   = var.redshift.user_name
    # What readers may see; the table itself for those who look into copies.
    readers   = [for r in var.redshift.readers : r]
    relations = concat([local.table], [for v in local.view_names : "${var.redshift.schema_name}.${v}"])
  })

  copy_job = replace("${var.name}_${var.redshift.table_name}", "-", "_")

  copy_template = {
    table   = local.table
    columns = local.data_table_columns
    bucket  = local.staging_bucket
    prefix  = var.staging.prefix
    options = local.copy_options
    job     = local.copy_job
    role    = local.role_arns.copy
    auto    = var.redshift.load_schedule == null ? "ON" : "OFF"
  }

  copy_job_sql = templatefile("${path.module}/templates/copy_job.sql.tftpl", local.copy_template)
  replay_sql   = templatefile("${path.module}/templates/replay.sql.tftpl", local.copy_template)

  data_api = var.redshift.data_api == null ? [] : [var.redshift.data_api]

  # What the Data API would be asked for: as given, else read off the JDBC URL.
  jdbc_host     = try(regex("//([^:]+):", var.redshift.cluster_jdbcurl)[0], "")
  jdbc_name     = split(".", local.jdbc_host)[0]
  is_serverless = strcontains(local.jdbc_host, ".redshift-serverless.")
  warehouse = {
    workgroup          = var.redshift.data_api != null ? var.redshift.data_api.workgroup_name : (local.is_serverless ? local.jdbc_name : null)
    cluster_identifier = var.redshift.data_api != null ? var.redshift.data_api.cluster_identifier : (local.jdbc_name != "" && !local.is_serverless ? local.jdbc_name : null)
    database           = try(var.redshift.data_api.database, regex("/([^/]+)$", var.redshift.cluster_jdbcurl)[0], null)
  }
}

# The Data API runs one statement per call. Views may read the table and the first view, nothing else: infra/check
# holds the contract to that, so three steps are order enough.
resource "aws_redshiftdata_statement" "schema" {
  count = length(local.data_api)

  cluster_identifier = local.data_api[0].cluster_identifier
  workgroup_name     = local.data_api[0].workgroup_name
  database           = local.data_api[0].database
  secret_arn         = local.data_api[0].secret_arn
  db_user            = local.data_api[0].db_user
  statement_name     = "${var.name}-schema"
  sql                = local.schema_statement
}

resource "aws_redshiftdata_statement" "table" {
  count = length(local.data_api)

  cluster_identifier = local.data_api[0].cluster_identifier
  workgroup_name     = local.data_api[0].workgroup_name
  database           = local.data_api[0].database
  secret_arn         = local.data_api[0].secret_arn
  db_user            = local.data_api[0].db_user
  statement_name     = "${var.name}-table"
  sql                = local.table_statement

  depends_on = [aws_redshiftdata_statement.schema]
}

resource "aws_redshiftdata_statement" "first_view" {
  count = length(local.data_api)

  cluster_identifier = local.data_api[0].cluster_identifier
  workgroup_name     = local.data_api[0].workgroup_name
  database           = local.data_api[0].database
  secret_arn         = local.data_api[0].secret_arn
  db_user            = local.data_api[0].db_user
  statement_name     = "${var.name}-${local.view_names[0]}"
  sql                = local.view_statements[0]

  depends_on = [aws_redshiftdata_statement.table]
}

resource "aws_redshiftdata_statement" "views" {
  for_each = length(local.data_api) == 0 ? {} : {
    for i, n in local.view_names : n => local.view_statements[i] if i > 0
  }

  cluster_identifier = local.data_api[0].cluster_identifier
  workgroup_name     = local.data_api[0].workgroup_name
  database           = local.data_api[0].database
  secret_arn         = local.data_api[0].secret_arn
  db_user            = local.data_api[0].db_user
  statement_name     = "${var.name}-${each.key}"
  sql                = each.value

  depends_on = [aws_redshiftdata_statement.first_view]
}
