# The policies as rendered: nothing but named resources, bound to source and account.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  package_path = "./tests/fixtures/package.txt"
  log_buckets  = [{ bucket = "example-logs" }]
  alarms       = { alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"] }
  redshift = {
    cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
    secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
  }
}

run "no_star_by_default" {
  command = plan

  assert {
    condition = alltrue([
      for s in concat(local.function_statements, local.firehose_statements, local.copy_statements) :
      alltrue([for r in s.Resource : r != "*" && startswith(r, "arn:aws:")]) && alltrue([for a in s.Action : !strcontains(a, "*")])
    ])
    error_message = "A statement has * as resource or in an action."
  }
  assert {
    condition     = !strcontains(local.policies.function, "\"*\"") && !strcontains(local.policies.firehose, "\"*\"") && !strcontains(local.policies.copy, "\"*\"")
    error_message = "A rendered policy has a bare *."
  }
  assert {
    condition     = aws_iam_role_policy.function[0].policy == local.policies.function && aws_iam_role_policy.firehose[0].policy == local.policies.firehose
    error_message = "The roles must carry the policies tested here."
  }
  assert {
    condition     = !strcontains("${local.policies.function}${local.policies.firehose}", "kms:")
    error_message = "Without keys there must be no KMS grant."
  }
  assert {
    condition = alltrue([
      for s in concat(local.queue_policy.Statement, local.dead_letter_policy.Statement, local.staging_policy.Statement) : s.Effect == "Deny" || can(s.Condition)
    ])
    error_message = "Every permission of a resource policy must be bound by a condition."
  }
}

run "function_policy" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", prefixes = ["s3/"] }]
  }

  assert {
    condition = { for s in local.function_statements : s.Sid => s.Resource } == {
      ReadLogObjects        = ["arn:aws:s3:::example-logs/s3/*"]
      TellGoneFromForbidden = ["arn:aws:s3:::example-logs"]
      PutRows               = ["arn:aws:firehose:eu-west-1:123456789012:deliverystream/logferry", "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logferry-ledger"]
      ReadQueueAndContinue  = ["arn:aws:sqs:eu-west-1:123456789012:logferry"]
      WriteLogs             = ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/logferry:log-stream:*"]
    }
    error_message = "The function may do more or less than it needs."
  }
}

run "firehose_policy" {
  command = plan

  assert {
    condition = { for s in local.firehose_statements : s.Sid => s.Resource } == {
      FindStagingBucket   = ["arn:aws:s3:::logferry-staging-123456789012-eu-west-1"]
      WriteStagingObjects = ["arn:aws:s3:::logferry-staging-123456789012-eu-west-1/*"]
      WriteDeliveryLogs = [
        "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/kinesisfirehose/logferry:log-stream:S3Delivery",
        "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/kinesisfirehose/logferry:log-stream:RedshiftDelivery",
        "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/kinesisfirehose/logferry:log-stream:LedgerDelivery",
      ]
      ReadRedshiftSecret = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"]
    }
    error_message = "Firehose may do more or less than it needs."
  }
  assert {
    condition     = jsondecode(aws_iam_role.firehose[0].assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "123456789012"
    error_message = "Firehose must act for this account only."
  }
}

run "keys_bring_their_grants" {
  command = plan

  variables {
    log_buckets = [{ bucket = "example-logs", kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/logs" }]
    queue       = { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/queue" }
    function    = { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/function" }
    staging     = { kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/staging" }
    redshift = {
      cluster_jdbcurl    = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
      secret_arn         = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      secret_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/secret"
    }
  }

  assert {
    condition = { for s in local.function_statements : s.Sid => s.Resource[0] if startswith(s.Action[0], "kms:") } == {
      DecryptLogObjects  = "arn:aws:kms:eu-west-1:123456789012:key/logs"
      UseQueueKey        = "arn:aws:kms:eu-west-1:123456789012:key/queue"
      DecryptEnvironment = "arn:aws:kms:eu-west-1:123456789012:key/function"
    }
    error_message = "The function needs exactly the keys given."
  }
  assert {
    condition = { for s in local.firehose_statements : s.Sid => s.Resource[0] if startswith(s.Action[0], "kms:") } == {
      DecryptRedshiftSecret = "arn:aws:kms:eu-west-1:123456789012:key/secret"
      UseStagingKey         = "arn:aws:kms:eu-west-1:123456789012:key/staging"
    }
    error_message = "Firehose needs exactly the keys given."
  }
  assert {
    condition     = aws_sqs_queue.this.kms_master_key_id == "arn:aws:kms:eu-west-1:123456789012:key/queue"
    error_message = "The key must reach the queue."
  }
}

run "the_only_stars_are_those_aws_forces" {
  command = plan

  variables {
    function = { tracing_mode = "Active", vpc_config = { subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"] } }
  }

  assert {
    condition     = [for s in local.function_statements : "${s.Effect} ${s.Sid}" if contains(s.Resource, "*")] == ["Allow Trace", "Allow DescribeNetwork", "Deny NotFromCode"]
    error_message = "Only X-Ray and EC2's describe calls may have *."
  }
}

run "china" {
  command = plan

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-cn", dns_suffix = "amazonaws.com.cn" }
  }
  override_data {
    target = data.aws_region.current
    values = { id = "cn-north-1", name = "cn-north-1" }
  }

  variables {
    staging = { kms_key_arn = "arn:aws-cn:kms:cn-north-1:123456789012:key/staging" }
    redshift = {
      cluster_jdbcurl   = "jdbc:redshift://example.abc123.cn-north-1.redshift.amazonaws.com.cn:5439/dev"
      secret_arn        = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:logferry-AbCdEf"
      security_group_id = "sg-1"
    }
  }

  assert {
    condition = alltrue([
      for t in [local.policies.function, local.policies.firehose, jsonencode(local.queue_policy), jsonencode(local.staging_policy)] :
      !strcontains(t, "arn:aws:") && strcontains(t, "arn:aws-cn:")
    ])
    error_message = "A policy names the wrong partition."
  }
  assert {
    condition     = strcontains(local.policies.firehose, "s3.cn-north-1.amazonaws.com.cn")
    error_message = "kms:ViaService must carry the partition's suffix."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.firehose[0].cidr_ipv4 == "52.81.151.32/27"
    error_message = "The rule must be China's."
  }
}
