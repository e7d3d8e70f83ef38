# What the roles may do. Every statement names its resource; `*` stands alone only where AWS has no resource
# to name, and those statements exist only when the feature that needs them is on.

locals {
  function_statements = concat(
    [
      {
        Sid      = "ReadLogObjects"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = local.log_object_arns
      },
      {
        # Without it S3 answers "forbidden" for an object that is gone, and gone could not be told from denied.
        Sid      = "TellGoneFromForbidden"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = values(local.log_bucket_arns)
      },
      {
        Sid      = "PutRows"
        Effect   = "Allow"
        Action   = ["firehose:PutRecordBatch"]
        Resource = concat([local.stream_arn], var.ledger.enabled ? [local.ledger_arn] : [])
      },
      {
        # SendMessage is for continuations: the function hands unfinished objects to its own queue.
        Sid    = "ReadQueueAndContinue"
        Effect = "Allow"
        Action = [
          "sqs:ChangeMessageVisibility",
          "sqs:DeleteMessage",
          "sqs:GetQueueAttributes",
          "sqs:ReceiveMessage",
          "sqs:SendMessage",
        ]
        Resource = [local.queue_arn]
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${local.log_group_arn}${local.function_log_group}:log-stream:*"]
      },
    ],
    [
      for on in [var.notification_mode == "direct"] : {
        Sid      = "KeepFailedEvents"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [local.dlq_arn]
      } if on
    ],
    [
      for keys in [local.log_kms_keys] : {
        Sid       = "DecryptLogObjects"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = keys
        Condition = { StringLike = { "kms:ViaService" = "s3.*.${local.dns_suffix}" } }
      } if length(keys) > 0
    ],
    [
      for key in compact([var.queue.kms_key_arn]) : {
        Sid      = "UseQueueKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [key]
      }
    ],
    [
      for key in compact([var.function.kms_key_arn]) : {
        Sid      = "DecryptEnvironment"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = [key]
      }
    ],
    [
      for on in [var.function.tracing_mode == "Active"] : {
        # X-Ray has no resources to name.
        Sid      = "Trace"
        Effect   = "Allow"
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = ["*"]
      } if on
    ],
    [
      for on in [var.function.vpc_config != null] : {
        # Describing takes no resource in EC2.
        Sid      = "DescribeNetwork"
        Effect   = "Allow"
        Action   = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
        Resource = ["*"]
      } if on
    ],
    [
      for on in [var.function.vpc_config != null] : {
        Sid    = "JoinNetwork"
        Effect = "Allow"
        Action = [
          "ec2:AssignPrivateIpAddresses",
          "ec2:CreateNetworkInterface",
          "ec2:DeleteNetworkInterface",
          "ec2:UnassignPrivateIpAddresses",
        ]
        # Lambda checks these against the whole account before it makes the first interface.
        Resource = ["arn:${local.partition}:ec2:${local.region}:${local.account_id}:*/*"]
      } if on
    ],
    [
      for on in [var.function.vpc_config != null] : {
        # The two statements above are for Lambda itself; the code it runs must not use them.
        Sid       = "NotFromCode"
        Effect    = "Deny"
        Action    = ["ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses"]
        Resource  = ["*"]
        Condition = { ArnEquals = { "lambda:SourceFunctionArn" = local.function_arn } }
      } if on
    ],
  )

  firehose_statements = concat(
    [
      {
        Sid      = "FindStagingBucket"
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
        Resource = [local.staging_bucket_arn]
      },
      {
        Sid      = "WriteStagingObjects"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
        Resource = ["${local.staging_bucket_arn}/*"]
      },
      {
        Sid    = "WriteDeliveryLogs"
        Effect = "Allow"
        Action = ["logs:PutLogEvents"]
        Resource = [
          for s in local.firehose_log_streams : "${local.log_group_arn}${local.firehose_log_group}:log-stream:${s}"
        ]
      },
    ],
    [
      for arn in compact([local.redshift_destination ? var.redshift.secret_arn : null]) : {
        Sid      = "ReadRedshiftSecret"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = [arn]
      }
    ],
    [
      for key in compact([local.redshift_destination ? var.redshift.secret_kms_key_arn : null]) : {
        Sid       = "DecryptRedshiftSecret"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [key]
        Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${local.region}.${local.dns_suffix}" } }
      }
    ],
    [
      for key in compact([var.staging.kms_key_arn]) : {
        Sid       = "UseStagingKey"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = [key]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.${local.dns_suffix}" } }
      }
    ],
  )

  # COPY reads the staged rows, what the operator's tool stages, and the ledger; not what Firehose could not deliver.
  copy_prefixes = ["backfill/", "replay/", "ledger/"]
  copy_statements = concat(
    [
      {
        Sid      = "ListStagedRows"
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
        Resource = [local.staging_bucket_arn]
      },
      {
        Sid      = "ReadStagedRows"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = [for p in concat([var.staging.prefix], local.copy_prefixes) : "${local.staging_bucket_arn}/${p}*"]
      },
    ],
    [
      for key in compact([var.staging.kms_key_arn]) : {
        Sid       = "DecryptStagedRows"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [key]
        Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.${local.dns_suffix}" } }
      }
    ],
  )

  policies = {
    function = jsonencode({ Version = "2012-10-17", Statement = local.function_statements })
    firehose = jsonencode({ Version = "2012-10-17", Statement = local.firehose_statements })
    copy     = jsonencode({ Version = "2012-10-17", Statement = local.copy_statements })
    schedule = jsonencode({ Version = "2012-10-17", Statement = local.schedule_statements })
    backfill = jsonencode({ Version = "2012-10-17", Statement = local.backfill_statements })
  }
}
