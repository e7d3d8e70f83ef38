# What the binary and the module agree on. contract.json is generated from the tables the binary itself works with
# (LOGFERRY_BLESS=1 cargo golden) and holds columns, SQL, variables and metrics. Everything below is found by
# name: a statement, variable or metric that does not exist is an invalid index, and the plan stops.

locals {
  contract = jsondecode(file("${path.module}/contract.json"))

  data_table_columns = join(",", [for c in local.contract.columns : c.name if c.in_row])

  # The statements aimed at the caller's table.
  sql = { for s in local.contract.sql : s.name => replace(s.sql, "{table}", local.table) }

  variable = { for v in local.contract.variables : v.name => v }

  # Each metric of the function as alarms take it and as widgets of a dashboard do.
  own_metric = { for m in local.contract.metrics : m.name => {
    namespace = var.settings.metrics_namespace, metric_name = m.name, dimensions = { (m.dimension) = var.name }
  } }
  own_graph = { for m in local.contract.metrics : m.name => [var.settings.metrics_namespace, m.name, m.dimension, var.name] }
}
