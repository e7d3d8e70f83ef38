# The bucket between Firehose and Redshift: private, encrypted, TLS only, emptied by age.

resource "aws_s3_bucket" "staging" {
  bucket        = local.staging_bucket
  force_destroy = var.staging.force_destroy
  tags          = var.tags

  depends_on = [terraform_data.guards, terraform_data.limits]
}

resource "aws_s3_bucket_public_access_block" "staging" {
  bucket = aws_s3_bucket.staging.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "staging" {
  bucket = aws_s3_bucket.staging.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "staging" {
  bucket = aws_s3_bucket.staging.id

  rule {
    bucket_key_enabled = var.staging.kms_key_arn == null ? null : true

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.staging.kms_key_arn == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.staging.kms_key_arn
    }
  }
}

locals {
  # One age for rows, manifests and errors: a manifest without its rows, or rows without their manifest, replay nothing.
  # The ledger outlives them. Rules must not overlap: S3 would take the shorter age.
  expirations = merge(
    { for p in [var.staging.prefix, "errors/", "backfill/", "backfill-results/", "replay/", "ledger-errors/"] : p => var.staging.expiration_days },
    { "ledger/" = var.ledger.expiration_days },
  )
}

resource "aws_s3_bucket_lifecycle_configuration" "staging" {
  bucket = aws_s3_bucket.staging.id

  dynamic "rule" {
    for_each = local.expirations

    content {
      id     = "expire ${rule.key}"
      status = "Enabled"

      filter {
        prefix = rule.key
      }

      expiration {
        days = rule.value
      }
    }
  }

  rule {
    id     = "abort"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

resource "aws_s3_bucket_logging" "staging" {
  count = var.staging.logging == null ? 0 : 1

  bucket        = aws_s3_bucket.staging.id
  target_bucket = var.staging.logging.target_bucket
  target_prefix = var.staging.logging.target_prefix
}

locals {
  staging_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "RefusePlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.staging_bucket_arn, "${local.staging_bucket_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
      # An S3 event integration writes the notification that tells Redshift of new files.
      [for arn in compact([var.redshift.namespace_arn]) : {
        Sid       = "LetRedshiftWatch"
        Effect    = "Allow"
        Principal = { Service = "redshift.amazonaws.com" }
        Action    = ["s3:GetBucketLocation", "s3:GetBucketNotification", "s3:PutBucketNotification"]
        Resource  = [local.staging_bucket_arn]
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account_id }
          ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:redshift:${local.region}:${local.account_id}:integration:*" }
        }
      }],
    )
  }
}

resource "aws_s3_bucket_policy" "staging" {
  bucket = aws_s3_bucket.staging.id
  policy = jsonencode(local.staging_policy)

  depends_on = [aws_s3_bucket_public_access_block.staging]
}
