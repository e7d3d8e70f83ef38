# A log bucket that others already take notifications from. Nothing is written on it: an EventBridge rule listens.

module "logferry" {
  source = "../.."

  package_path      = var.package_path
  log_buckets       = [{ bucket = var.log_bucket, prefixes = ["s3/", "web/"] }]
  notification_mode = "eventbridge"

  settings = {
    filters = jsonencode([
      { operation = "REST.HEAD.*", action = "drop" },
    ])
  }

  redshift = {
    cluster_jdbcurl   = var.cluster_jdbcurl
    secret_arn        = var.secret_arn
    security_group_id = var.security_group_id
  }

  alarms = { alarm_actions = [var.alarm_topic_arn] }
}
