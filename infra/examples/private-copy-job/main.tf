# A private cluster: Firehose stops at the staging bucket, and Redshift's own COPY JOB loads from there.

module "logferry" {
  source = "../.."

  package_path = var.package_path
  log_buckets  = [{ bucket = var.log_bucket }]
  destination  = "extended_s3"

  redshift = {
    namespace_arn = var.namespace_arn
  }

  alarms = { alarm_actions = var.alarm_topic_arn[*] }
}

# Tells Redshift of new files. The namespace must allow this bucket as a source (its resource policy).
resource "aws_redshift_integration" "staging" {
  integration_name = "logferry-staging"
  source_arn       = "arn:${data.aws_partition.current.partition}:s3:::${module.logferry.staging_bucket}"
  target_arn       = var.namespace_arn

  # The policies of the bucket and of the namespace must stand first.
  depends_on = [module.logferry, aws_redshift_resource_policy.namespace]
}

resource "aws_redshift_resource_policy" "namespace" {
  resource_arn = var.namespace_arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "redshift.amazonaws.com" }
        Action    = "redshift:AuthorizeInboundIntegration"
        Resource  = var.namespace_arn
        Condition = {
          StringEquals = {
            "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:s3:::${module.logferry.staging_bucket}"
          }
        }
      },
      {
        Effect    = "Allow"
        Principal = { AWS = data.aws_caller_identity.current.account_id }
        Action    = "redshift:CreateInboundIntegration"
        Resource  = var.namespace_arn
      },
    ]
  })
}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}
