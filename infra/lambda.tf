# The function. Its zip is built outside Terraform; the hash makes a new build a new deployment.

resource "aws_cloudwatch_log_group" "function" {
  name              = local.function_log_group
  retention_in_days = var.log_group.retention_in_days
  kms_key_id        = var.log_group.kms_key_id
  tags              = var.tags
}

locals {
  environment = merge(
    {
      LOGFERRY_STREAM                 = var.name
      LOGFERRY_CONTINUATION_QUEUE_URL = aws_sqs_queue.this.url
      LOGFERRY_FILTERS                = var.settings.filters
      LOGFERRY_RECORD_BYTES           = tostring(var.settings.record_bytes)
      LOGFERRY_BATCH_BYTES            = tostring(local.batch_bytes)
      LOGFERRY_MASK_SECRETS           = tostring(var.settings.mask_secrets)
      LOGFERRY_LOG_LEVEL              = var.settings.log_level
      LOGFERRY_METRICS_NAMESPACE      = var.settings.metrics_namespace
      LOGFERRY_OBJECTS_IN_FLIGHT      = tostring(var.settings.objects_in_flight)
      LOGFERRY_CALLS_IN_FLIGHT        = tostring(var.settings.calls_in_flight)
      LOGFERRY_DEADLINE_RESERVE_MS    = tostring(var.settings.deadline_reserve_ms)
    },
    # What not every binary knows. settings refuses what this one does not.
    {
      for name, value in {
        LOGFERRY_BYTES_PER_SECOND   = local.bytes_per_second == null ? "" : tostring(local.bytes_per_second)
        LOGFERRY_LEDGER_STREAM      = var.ledger.enabled ? "${var.name}-ledger" : ""
        LOGFERRY_DROP_COLUMNS       = join(",", var.settings.drop_columns)
        LOGFERRY_ANONYMISE_IP       = var.settings.anonymise_ip
        LOGFERRY_SECRET_NAMES       = join(",", var.settings.secret_names)
        LOGFERRY_RECORD_COMPRESSION = var.settings.record_compression
      } : name => value if contains(keys(local.variable), name) && !contains(["", "none"], value)
    },
  )

  # The zip, wherever it comes from: one on this machine, one fetched into the root's folder, or one in S3.
  package_file = var.package_url == null ? var.package_path : "${path.root}/.logferry-${substr(sha256(var.package_url.sha256_base64), 0, 12)}.zip"
  package_hash = coalesce(
    try(var.package_url.sha256_base64, null),
    try(var.package_s3.sha256_base64, null),
    try(filebase64sha256(var.package_path), null),
  )
}

resource "terraform_data" "package" {
  count = var.package_url == null ? 0 : 1

  triggers_replace = var.package_url

  provisioner "local-exec" {
    command = "curl --fail --silent --show-error --location --output \"$ZIP\" \"$URL\" && test \"$(openssl dgst -sha256 -binary \"$ZIP\" | base64)\" = \"$SHA256\" || { echo \"$URL is not the zip package_url.sha256_base64 tells of\" >&2; exit 1; }"
    environment = {
      URL    = var.package_url.url
      ZIP    = local.package_file
      SHA256 = var.package_url.sha256_base64
    }
  }
}

resource "aws_lambda_function" "this" {
  function_name     = var.name
  description       = "Reads S3 server access logs and puts their rows to the Firehose stream ${var.name}."
  role              = local.role_arns.function
  runtime           = "provided.al2023"
  handler           = "bootstrap"
  architectures     = [var.function.architecture]
  filename          = local.package_file
  s3_bucket         = try(var.package_s3.bucket, null)
  s3_key            = try(var.package_s3.key, null)
  s3_object_version = try(var.package_s3.object_version, null)
  source_code_hash  = local.package_hash
  memory_size       = var.function.memory_size
  timeout           = var.function.timeout
  kms_key_arn       = var.function.kms_key_arn
  tags              = var.tags

  reserved_concurrent_executions = var.function.reserved_concurrent_executions

  environment {
    variables = { for name, value in local.environment : local.variable[name].name => value }
  }

  tracing_config {
    mode = var.function.tracing_mode
  }

  dynamic "vpc_config" {
    for_each = var.function.vpc_config == null ? [] : [var.function.vpc_config]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  # Without the group in place first, Lambda would make one that never expires.
  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function, terraform_data.package, terraform_data.guards, terraform_data.limits]

  lifecycle {
    postcondition {
      condition     = var.package_s3 == null || self.code_sha256 == try(var.package_s3.sha256_base64, "")
      error_message = "Lambda took another zip from S3 than package_s3.sha256_base64 tells of."
    }
  }
}

# Continuations go to the queue that invokes the function, which Lambda takes for a loop and ends after some 16 rounds: the
# message would go to the dead-letter queue unread. The binary has a bound of its own. China and GovCloud have no such call;
# there the alarm recursion-stopped tells.
resource "aws_lambda_function_recursion_config" "this" {
  count = local.partition == "aws" ? 1 : 0

  function_name  = aws_lambda_function.this.function_name
  recursive_loop = "Allow"
}

resource "aws_lambda_event_source_mapping" "queue" {
  event_source_arn                   = aws_sqs_queue.this.arn
  function_name                      = aws_lambda_function.this.arn
  batch_size                         = var.queue.batch_size
  maximum_batching_window_in_seconds = var.queue.maximum_batching_window_in_seconds
  function_response_types            = ["ReportBatchItemFailures"]
  tags                               = var.tags

  scaling_config {
    maximum_concurrency = var.queue.maximum_concurrency
  }

  depends_on = [aws_iam_role_policy.function]
}

# Direct events have no queue behind them: after Lambda's own retries they go to the dead-letter queue.
resource "aws_lambda_function_event_invoke_config" "direct" {
  count = var.notification_mode == "direct" ? 1 : 0

  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letter.arn
    }
  }

  depends_on = [aws_iam_role_policy.function]
}
