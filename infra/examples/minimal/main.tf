# A log bucket nobody else takes notifications from, and a provisioned, public Redshift cluster.

module "logferry" {
  source = "../.."

  package_path      = var.package_path
  function          = { architecture = var.architecture }
  log_buckets       = [{ bucket = var.log_bucket }]
  notification_mode = "bucket"

  redshift = {
    cluster_jdbcurl = var.cluster_jdbcurl
    secret_arn      = var.secret_arn
  }

  alarms = { alarm_actions = var.alarm_topic_arn[*] }
}
