output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "function_arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.this.arn
}

output "function_role_arn" {
  description = "ARN of the function's role, for the policies of buckets and keys in other accounts."
  value       = local.role_arns.function
}

output "queue_url" {
  description = "URL of the queue, for backfills and replays."
  value       = aws_sqs_queue.this.url
}

output "queue_arn" {
  description = "ARN of the queue, for bucket notifications you write yourself."
  value       = aws_sqs_queue.this.arn
}

output "dead_letter_queue_url" {
  description = "URL of the dead-letter queue."
  value       = aws_sqs_queue.dead_letter.url
}

output "dead_letter_queue_arn" {
  description = "ARN of the dead-letter queue."
  value       = aws_sqs_queue.dead_letter.arn
}

output "delivery_stream_name" {
  description = "Name of the Firehose stream."
  value       = aws_kinesis_firehose_delivery_stream.this.name
}

output "delivery_stream_arn" {
  description = "ARN of the Firehose stream."
  value       = aws_kinesis_firehose_delivery_stream.this.arn
}

output "firehose_role_arn" {
  description = "ARN of the stream's role, for the policy of a key or of a secret in another account."
  value       = local.role_arns.firehose
}

output "firehose_cidr_block" {
  description = "The addresses from which Firehose of this Region reaches Redshift; null where AWS publishes none."
  value       = lookup(local.firehose_cidr_blocks, local.region, null)
}

output "staging_bucket" {
  description = "Name of the staging bucket."
  value       = aws_s3_bucket.staging.id
}

output "copy_role_arn" {
  description = "ARN of the role to attach to Redshift, for COPY JOB and for what the tool loads, replays and audits."
  value       = local.role_arns.copy
}

output "copy_options" {
  description = "The COPY options, which follow the compression."
  value       = local.copy_options
}

output "data_table_columns" {
  description = "The columns the rows carry, in the table's order; columns with defaults set by Redshift are not among them."
  value       = local.data_table_columns
}

output "table_sql" {
  description = "SQL of schema, table and views, for whoever creates them without the Data API."
  value       = local.table_sql
}

output "user_sql" {
  description = "SQL of the least-privilege user that loads, and its grants."
  value       = local.user_sql
}

output "copy_job_sql" {
  description = "SQL of the COPY JOB; null with destination redshift, where a job would load the same files twice."
  value       = local.redshift_destination ? null : local.copy_job_sql
}

output "replay_sql" {
  description = "SQL that loads a batch Firehose gave up; null with destination extended_s3, where COPY JOB retries."
  value       = local.redshift_destination ? local.replay_sql : null
}

output "log_bucket_policy_statements" {
  description = "For each bucket of another account, the JSON statements its owner adds to the bucket policy."
  value = {
    for k, b in local.foreign_buckets : k => jsonencode([
      {
        Sid       = "LogferryRead"
        Effect    = "Allow"
        Principal = { AWS = local.role_arns.function }
        Action    = "s3:GetObject"
        Resource  = [for p in b.prefixes : "${local.log_bucket_arns[k]}/${p}*"]
      },
      {
        Sid       = "LogferryTellGoneFromForbidden"
        Effect    = "Allow"
        Principal = { AWS = local.role_arns.function }
        Action    = "s3:ListBucket"
        Resource  = local.log_bucket_arns[k]
      },
    ])
  }
}

output "eventbridge_commands" {
  description = "In the mode eventbridge: for each bucket, the commands that make it send to EventBridge and keep its other notifications. For a bucket of another account its owner runs them; they also make the rule and role that send its events here."
  value = {
    for k in keys(local.event_rule_names) : k => join(" && ", concat([
      "aws s3api get-bucket-notification-configuration --bucket ${k} > ${k}.json",
      "jq -s '(.[0] // {}) + {EventBridgeConfiguration: {}}' ${k}.json > ${k}.new.json",
      "aws s3api put-bucket-notification-configuration --bucket ${k} --notification-configuration file://${k}.new.json",
      ], contains(keys(local.foreign_buckets), k) ? [
      "aws iam create-role --role-name ${local.event_rule_names[k]} --assume-role-policy-document '${jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "events.amazonaws.com" } }]
      })}'",
      "aws iam put-role-policy --role-name ${local.event_rule_names[k]} --policy-name send --policy-document '${jsonencode({
        Version   = "2012-10-17"
        Statement = [{ Effect = "Allow", Action = "events:PutEvents", Resource = local.bus_arn }]
      })}'",
      "aws events put-rule --name ${local.event_rule_names[k]} --event-pattern '${local.event_patterns[k]}'",
      "aws events put-targets --rule ${local.event_rule_names[k]} --targets '${jsonencode([{
        Id      = "logferry"
        Arn     = local.bus_arn
        RoleArn = "arn:${local.partition}:iam::${local.foreign_buckets[k].account_id}:role/${local.event_rule_names[k]}"
      }])}'",
    ] : []))
  }
}

output "alarm_arns" {
  description = "ARNs of the alarms by the anchor of their section in the runbook."
  value = merge(
    { for k, a in aws_cloudwatch_metric_alarm.this : k => a.arn },
    { for k, a in aws_cloudwatch_metric_alarm.ratio : k => a.arn },
  )
}

output "dashboard_name" {
  description = "Name of the dashboard; null when none is made."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}

output "ledger_stream_name" {
  description = "Name of the ledger's Firehose stream; null when there is no ledger."
  value       = one(aws_kinesis_firehose_delivery_stream.ledger[*].name)
}

output "event_bus_arn" {
  description = "ARN of the bus to which owners of buckets in other accounts send; null when there are none in the mode eventbridge."
  value       = one(aws_cloudwatch_event_bus.this[*].arn)
}

output "backfill_arn" {
  description = "ARN of the state machine for backfills; null when backfill.enabled is false."
  value       = one(aws_sfn_state_machine.backfill[*].arn)
}

output "role_policies" {
  description = "What each role must be allowed, as JSON: for roles brought along with `roles`."
  value       = { for name in keys(local.role_arns) : name => local.policies[name] }
}

output "role_services" {
  description = "The trust policy each role must have, as JSON: for roles brought along with `roles`."
  value       = { for name in keys(local.role_arns) : name => local.trust[name] }
}

output "role_names" {
  description = "Names of the roles the module made."
  value = concat(
    aws_iam_role.function[*].name, aws_iam_role.firehose[*].name, aws_iam_role.copy[*].name,
    aws_iam_role.schedule[*].name, aws_iam_role.backfill[*].name, aws_iam_role.maintenance[*].name,
  )
}

output "log_group_names" {
  description = "Names of the log groups: of the function, and of the streams."
  value       = [aws_cloudwatch_log_group.function.name, aws_cloudwatch_log_group.firehose.name]
}

output "operator" {
  description = "Everything the command-line tool needs to know, as JSON: `terraform output -raw operator > logferry.json`, then `--stack logferry.json`."
  value = jsonencode({
    logferry          = "stack"
    version           = 1
    region            = local.region
    account_id        = local.account_id
    notification_mode = var.notification_mode
    log_buckets = [
      for b in var.log_buckets : { bucket = b.bucket, prefixes = b.prefixes, account_id = coalesce(b.account_id, local.account_id) }
    ]
    function = { name = var.name, timeout = var.function.timeout, memory_size = var.function.memory_size }
    queue = {
      url                 = aws_sqs_queue.this.url
      arn                 = local.queue_arn
      visibility_timeout  = local.visibility_timeout_seconds
      retention           = var.queue.message_retention_seconds
      max_receive_count   = var.queue.max_receive_count
      batch_size          = var.queue.batch_size
      maximum_concurrency = var.queue.maximum_concurrency
    }
    dead_letter_queue = { url = aws_sqs_queue.dead_letter.url, arn = local.dlq_arn }
    stream = {
      name               = var.name
      destination        = var.destination
      buffering_interval = var.delivery_stream.buffering_interval
      retry_duration     = var.redshift.retry_duration
      compression        = local.stream_compression
    }
    ledger  = var.ledger.enabled ? { stream = "${var.name}-ledger", prefix = "ledger/" } : null
    staging = { bucket = local.staging_bucket, prefix = var.staging.prefix, expiration_days = var.staging.expiration_days }
    metrics = { namespace = var.settings.metrics_namespace }
    redshift = {
      workgroup          = local.warehouse.workgroup
      cluster_identifier = local.warehouse.cluster_identifier
      database           = local.warehouse.database
      secret_arn         = try(var.redshift.data_api.secret_arn, null)
      db_user            = try(var.redshift.data_api.db_user, null)
      schema             = var.redshift.schema_name
      table              = var.redshift.table_name
      copy_role_arn      = local.role_arns.copy
      copy_options       = local.copy_options
      columns            = local.data_table_columns
    }
  })
}
