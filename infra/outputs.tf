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
  value       = aws_iam_role.function.arn
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
  value       = aws_iam_role.firehose.arn
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
  description = "ARN of the role to attach to Redshift for COPY JOB; null with destination redshift."
  value       = one(aws_iam_role.copy[*].arn)
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
        Principal = { AWS = aws_iam_role.function.arn }
        Action    = "s3:GetObject"
        Resource  = [for p in b.prefixes : "${local.log_bucket_arns[k]}/${p}*"]
      },
      {
        Sid       = "LogferryTellGoneFromForbidden"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.function.arn }
        Action    = "s3:ListBucket"
        Resource  = local.log_bucket_arns[k]
      },
    ])
  }
}

output "eventbridge_commands" {
  description = "In the mode eventbridge: for each bucket, the commands that make it send to EventBridge and keep its other notifications."
  value = {
    for k in keys(local.event_rule_names) : k => join(" && ", [
      "aws s3api get-bucket-notification-configuration --bucket ${k} > ${k}.json",
      "jq -s '(.[0] // {}) + {EventBridgeConfiguration: {}}' ${k}.json > ${k}.new.json",
      "aws s3api put-bucket-notification-configuration --bucket ${k} --notification-configuration file://${k}.new.json",
    ])
  }
}

output "alarm_arns" {
  description = "ARNs of the alarms by the anchor of their section in the runbook."
  value = merge(
    { for k, a in aws_cloudwatch_metric_alarm.this : k => a.arn },
    { for a in aws_cloudwatch_metric_alarm.quarantine_ratio : "quarantine-ratio" => a.arn },
  )
}

output "dashboard_name" {
  description = "Name of the dashboard; null when none is made."
  value       = one(aws_cloudwatch_dashboard.this[*].dashboard_name)
}
