# The delivery stream. Rows arrive packed, many to a record and each ended by a newline, so nothing here may take
# records apart or transform them.

locals {
  # Both streams exist in both modes, so that a change of mode loses no log.
  firehose_log_streams = concat(["S3Delivery", "RedshiftDelivery"], var.ledger.enabled ? ["LedgerDelivery"] : [])

  # Records that are gzip already are not compressed again; COPY reads gzip either way.
  stream_compression = var.settings.record_compression == "gzip" ? "UNCOMPRESSED" : var.delivery_stream.compression_format
  staged_gzip        = var.settings.record_compression == "gzip" || var.delivery_stream.compression_format == "GZIP"

  copy_options = join(" ", compact([
    "JSON 'auto'",
    local.staged_gzip ? "GZIP" : "",
    "TIMEFORMAT 'auto'",
    "TRUNCATECOLUMNS",
    "ACCEPTINVCHARS AS '?'",
    "COMPUPDATE OFF",
    trimspace(var.redshift.extra_copy_options),
  ]))
}

resource "aws_cloudwatch_log_group" "firehose" {
  name              = local.firehose_log_group
  retention_in_days = var.log_group.retention_in_days
  kms_key_id        = var.log_group.kms_key_id
  tags              = var.tags
}

resource "aws_cloudwatch_log_stream" "firehose" {
  for_each = toset(local.firehose_log_streams)

  name           = each.key
  log_group_name = aws_cloudwatch_log_group.firehose.name
}

resource "aws_kinesis_firehose_delivery_stream" "this" {
  name        = var.name
  destination = var.destination
  tags        = var.tags

  server_side_encryption {
    enabled  = true
    key_type = var.delivery_stream.kms_key_arn == null ? "AWS_OWNED_CMK" : "CUSTOMER_MANAGED_CMK"
    key_arn  = var.delivery_stream.kms_key_arn
  }

  dynamic "redshift_configuration" {
    for_each = local.redshift_destination ? [var.redshift] : []
    iterator = redshift

    content {
      role_arn           = local.role_arns.firehose
      cluster_jdbcurl    = redshift.value.cluster_jdbcurl
      data_table_name    = local.table
      data_table_columns = local.data_table_columns
      copy_options       = local.copy_options
      retry_duration     = redshift.value.retry_duration

      secrets_manager_configuration {
        enabled    = true
        secret_arn = redshift.value.secret_arn
        role_arn   = local.role_arns.firehose
      }

      cloudwatch_logging_options {
        enabled         = true
        log_group_name  = aws_cloudwatch_log_group.firehose.name
        log_stream_name = aws_cloudwatch_log_stream.firehose["RedshiftDelivery"].name
      }

      s3_configuration {
        role_arn           = local.role_arns.firehose
        bucket_arn         = aws_s3_bucket.staging.arn
        prefix             = var.staging.prefix
        buffering_size     = var.delivery_stream.buffering_size
        buffering_interval = var.delivery_stream.buffering_interval
        compression_format = local.stream_compression
        kms_key_arn        = var.staging.kms_key_arn

        cloudwatch_logging_options {
          enabled         = true
          log_group_name  = aws_cloudwatch_log_group.firehose.name
          log_stream_name = aws_cloudwatch_log_stream.firehose["S3Delivery"].name
        }
      }
    }
  }

  dynamic "extended_s3_configuration" {
    for_each = local.redshift_destination ? [] : [var.staging]
    iterator = staging

    content {
      role_arn            = local.role_arns.firehose
      bucket_arn          = aws_s3_bucket.staging.arn
      prefix              = staging.value.prefix
      error_output_prefix = "errors/"
      buffering_size      = var.delivery_stream.buffering_size
      buffering_interval  = var.delivery_stream.buffering_interval
      compression_format  = local.stream_compression
      kms_key_arn         = staging.value.kms_key_arn

      cloudwatch_logging_options {
        enabled         = true
        log_group_name  = aws_cloudwatch_log_group.firehose.name
        log_stream_name = aws_cloudwatch_log_stream.firehose["S3Delivery"].name
      }
    }
  }

  # Firehose tries the role and the bucket when the stream is made.
  depends_on = [aws_iam_role_policy.firehose, aws_s3_bucket_policy.staging]
}
