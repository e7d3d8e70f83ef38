# Redshift Serverless, public. The module also creates the table and views through the Data API.

module "logferry" {
  source = "../.."

  package_path = var.package_path
  log_buckets  = [{ bucket = var.log_bucket, prefixes = [var.log_prefix] }]

  redshift = {
    cluster_jdbcurl = "jdbc:redshift://${var.workgroup_endpoint}:5439/${var.database}"
    secret_arn      = var.load_secret_arn
    schema_name     = "logs"

    data_api = {
      workgroup_name = var.workgroup_name
      database       = var.database
      secret_arn     = var.admin_secret_arn
    }
  }

  alarms = { alarm_actions = var.alarm_topic_arn[*] }
}
