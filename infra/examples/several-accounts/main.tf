# Two log buckets here and one in another account, all in the same Region, into one table.

provider "aws" {}

provider "aws" {
  alias = "logs_account"

  assume_role {
    role_arn = var.logs_account_role_arn
  }
}

module "logferry" {
  source = "../.."

  package_path      = var.package_path
  notification_mode = "bucket"

  log_buckets = [
    { bucket = var.own_buckets[0] },
    { bucket = var.own_buckets[1], prefixes = ["s3/eu/", "s3/us/"] },
    { bucket = var.other_bucket, account_id = var.other_account_id },
  ]

  redshift = {
    cluster_jdbcurl = var.cluster_jdbcurl
    secret_arn      = var.secret_arn
  }

  alarms = { alarm_actions = var.alarm_topic_arn[*] }
}

# The other account's side. Replaces the bucket's notification configuration and its policy: take both over into the
# code that owns them where there is any.
resource "aws_s3_bucket_notification" "other" {
  provider = aws.logs_account
  bucket   = var.other_bucket

  queue {
    queue_arn = module.logferry.queue_arn
    events    = ["s3:ObjectCreated:*"]
  }
}

resource "aws_s3_bucket_policy" "other" {
  provider = aws.logs_account
  bucket   = var.other_bucket

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      jsondecode(module.logferry.log_bucket_policy_statements[var.other_bucket]),
      [{
        Sid       = "S3LogDelivery"
        Effect    = "Allow"
        Principal = { Service = "logging.s3.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "arn:${data.aws_partition.current.partition}:s3:::${var.other_bucket}/*"
        Condition = { StringEquals = { "aws:SourceAccount" = var.other_account_id } }
      }],
    )
  })
}

data "aws_partition" "current" {}
