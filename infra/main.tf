# From S3 server access logs to a Redshift table.
#
#   log bucket -> (EventBridge | S3) -> queue -> function -> delivery stream -> staging bucket -> COPY -> table
#
# One file per concern: queue, notification, lambda, filters, iam, firehose, ledger, staging,
# redshift, schedules, backfill, alarms, dashboard, limits, contract.

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

# Guards that need to know the account; the others are validations of the variables.
resource "terraform_data" "guards" {
  input = var.name

  lifecycle {
    precondition {
      condition     = !contains(var.log_buckets[*].bucket, local.staging_bucket)
      error_message = "The staging bucket ${local.staging_bucket} is one of log_buckets: what Firehose stages would be read as logs, for ever. Set staging.bucket to another name."
    }
    precondition {
      condition     = length(local.staging_bucket) <= 63
      error_message = "The staging bucket's name ${local.staging_bucket} has more than 63 characters. Shorten name or set staging.bucket."
    }
    precondition {
      condition     = !contains(values(local.foreign_buckets)[*].account_id, local.account_id)
      error_message = "log_buckets gives this account's own id for a bucket. Leave account_id out for buckets of this account, so that their notifications are written here."
    }
    precondition {
      condition     = alltrue([for b in var.log_buckets : coalesce(b.region, local.region) == local.region])
      error_message = "log_buckets names a bucket of another Region. S3 tells only its own Region of new objects, the function reads only there, and every byte would be paid for on its way: use the module once in each Region."
    }
    precondition {
      condition     = length(local.copy_options) <= 10240
      error_message = "The COPY options are longer than the 10240 characters Firehose takes. Shorten redshift.extra_copy_options."
    }
  }
}
