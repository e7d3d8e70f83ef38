# The function. Its zip is built outside Terraform; the hash makes a new build a new deployment.

resource "aws_cloudwatch_log_group" "function" {
  name              = local.function_log_group
  retention_in_days = var.log_group.retention_in_days
  kms_key_id        = var.log_group.kms_key_id
  tags              = var.tags
}

locals {
  environment = {
    LOGFERRY_STREAM                 = var.name
    LOGFERRY_CONTINUATION_QUEUE_URL = aws_sqs_queue.this.url
    LOGFERRY_FILTERS                = var.settings.filters
    LOGFERRY_RECORD_BYTES           = tostring(var.settings.record_bytes)
    LOGFERRY_MASK_SECRETS           = tostring(var.settings.mask_secrets)
    LOGFERRY_LOG_LEVEL              = var.settings.log_level
    LOGFERRY_METRICS_NAMESPACE      = var.settings.metrics_namespace
  }
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  description      = "Reads S3 server access logs and puts their rows to the Firehose stream ${var.name}."
  role             = aws_iam_role.function.arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.function.architecture]
  filename         = var.package_path
  source_code_hash = filebase64sha256(var.package_path)
  memory_size      = var.function.memory_size
  timeout          = var.function.timeout
  kms_key_arn      = var.function.kms_key_arn
  tags             = var.tags

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
  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
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
