# The ledger's stream: what became of each log object, in the same staging bucket and beside the rows.

resource "aws_kinesis_firehose_delivery_stream" "ledger" {
  count = var.ledger.enabled ? 1 : 0

  name        = "${var.name}-ledger"
  destination = "extended_s3"
  tags        = var.tags

  server_side_encryption {
    enabled  = true
    key_type = var.delivery_stream.kms_key_arn == null ? "AWS_OWNED_CMK" : "CUSTOMER_MANAGED_CMK"
    key_arn  = var.delivery_stream.kms_key_arn
  }

  extended_s3_configuration {
    role_arn            = local.role_arns.firehose
    bucket_arn          = aws_s3_bucket.staging.arn
    prefix              = "ledger/dt=!{timestamp:yyyy-MM-dd}/"
    error_output_prefix = "ledger-errors/!{firehose:error-output-type}/"
    buffering_size      = 64
    buffering_interval  = 900
    compression_format  = "GZIP"
    kms_key_arn         = var.staging.kms_key_arn

    cloudwatch_logging_options {
      enabled         = true
      log_group_name  = aws_cloudwatch_log_group.firehose.name
      log_stream_name = aws_cloudwatch_log_stream.firehose["LedgerDelivery"].name
    }
  }

  # Firehose tries the role and the bucket when the stream is made.
  depends_on = [aws_iam_role_policy.firehose, aws_s3_bucket_policy.staging]
}
