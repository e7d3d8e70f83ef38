# Names, ARNs and what is derived from the variables in more than one file.
# ARNs are built from names rather than read from resources, so that policies are readable in the plan and in tests.

locals {
  partition  = data.aws_partition.current.partition
  dns_suffix = data.aws_partition.current.dns_suffix
  region     = data.aws_region.current.id
  account_id = data.aws_caller_identity.current.account_id

  function_arn  = "arn:${local.partition}:lambda:${local.region}:${local.account_id}:function:${var.name}"
  queue_arn     = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.name}"
  dlq_arn       = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.name}-dead-letter"
  stream_arn    = "arn:${local.partition}:firehose:${local.region}:${local.account_id}:deliverystream/${var.name}"
  ledger_arn    = "${local.stream_arn}-ledger"
  log_group_arn = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:"

  staging_bucket     = coalesce(var.staging.bucket, "${var.name}-staging-${local.account_id}-${local.region}")
  staging_bucket_arn = "arn:${local.partition}:s3:::${local.staging_bucket}"

  function_log_group = "/aws/lambda/${var.name}"
  firehose_log_group = "/aws/kinesisfirehose/${var.name}"

  log_buckets     = { for b in var.log_buckets : b.bucket => b }
  own_buckets     = { for k, b in local.log_buckets : k => b if b.account_id == null }
  foreign_buckets = { for k, b in local.log_buckets : k => b if b.account_id != null }

  log_bucket_arns = { for k, b in local.log_buckets : k => "arn:${local.partition}:s3:::${k}" }
  log_object_arns = flatten([for k, b in local.log_buckets : [for p in b.prefixes : "${local.log_bucket_arns[k]}/${p}*"]])
  log_kms_keys    = distinct(compact([for b in var.log_buckets : b.kms_key_arn]))

  # Six times the timeout is what AWS advises for a queue that feeds a function; the batching window comes on top.
  visibility_timeout_seconds = coalesce(
    var.queue.visibility_timeout_seconds,
    6 * var.function.timeout + var.queue.maximum_batching_window_in_seconds,
  )

  redshift_destination = var.destination == "redshift"

  # The roles in force, made here or brought along.
  role_arns = {
    function = coalesce(var.roles.function, one(aws_iam_role.function[*].arn))
    firehose = coalesce(var.roles.firehose, one(aws_iam_role.firehose[*].arn))
    copy     = coalesce(var.roles.copy, one(aws_iam_role.copy[*].arn))
  }

  # What a stream takes in a second from the start.
  # https://docs.aws.amazon.com/firehose/latest/dev/limits.html, read 2026-11.
  fast_regions = ["us-east-1", "us-west-2", "eu-west-1"]
  stream_quota = contains(local.fast_regions, local.region) ? 5242880 : 1048576
  batch_bytes  = coalesce(var.settings.batch_bytes, contains(local.fast_regions, local.region) ? 2000000 : max(1000000, var.settings.record_bytes))

  # One function's part of it. In the mode direct nobody knows how many run, and a function finds the quota by being throttled.
  quota_part       = max(local.variable["LOGFERRY_BYTES_PER_SECOND"].least, floor(local.stream_quota * 0.98 / var.queue.maximum_concurrency))
  bytes_per_second = var.settings.bytes_per_second == null && var.notification_mode != "direct" ? local.quota_part : var.settings.bytes_per_second
}
