# Redshift Serverless that sleeps between loads: Firehose stops at the staging bucket, and a COPY JOB runs by the clock.

module "logferry" {
  source = "../.."

  package_path = var.package_path
  log_buckets  = [{ bucket = var.log_bucket }]
  destination  = "extended_s3"

  redshift = {
    namespace_arn = var.namespace_arn
    load_schedule = var.load_schedule

    data_api = {
      workgroup_name = var.workgroup_name
      database       = "dev"
      secret_arn     = var.admin_secret_arn
    }
  }

  alarms = { alarm_actions = var.alarm_topic_arn[*] }
}
