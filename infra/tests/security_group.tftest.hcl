# The address blocks of Firehose against the published list, in the list's own order, and the rule made of them.

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

run "complete_list" {
  command = plan

  assert {
    condition = local.firehose_cidr_blocks == {
      af-south-1     = "13.244.121.224/27"
      eu-central-2   = "16.62.183.32/27"
      ap-east-1      = "18.162.221.32/27"
      eu-north-1     = "13.53.63.224/27"
      ap-east-2      = "43.212.53.160/27"
      eu-south-1     = "15.161.135.128/27"
      ap-northeast-1 = "13.113.196.224/27"
      eu-south-2     = "18.100.71.96/27"
      ap-northeast-2 = "13.209.1.64/27"
      eu-west-1      = "52.19.239.192/27"
      ap-northeast-3 = "13.208.177.192/27"
      eu-west-2      = "18.130.1.96/27"
      ap-south-1     = "13.232.67.32/27"
      eu-west-3      = "35.180.1.96/27"
      ap-south-2     = "18.60.192.128/27"
      il-central-1   = "51.16.102.0/27"
      ap-southeast-1 = "13.228.64.192/27"
      me-central-1   = "3.28.159.32/27"
      ap-southeast-2 = "13.210.67.224/27"
      me-south-1     = "15.185.91.0/27"
      ap-southeast-3 = "108.136.221.64/27"
      mx-central-1   = "78.12.207.32/27"
      ap-southeast-4 = "16.50.161.128/27"
      sa-east-1      = "18.228.1.128/27"
      ap-southeast-5 = "43.216.58.0/27"
      us-east-1      = "52.70.63.192/27"
      ap-southeast-7 = "43.208.112.96/27"
      us-east-2      = "13.58.135.96/27"
      ca-central-1   = "35.183.92.128/27"
      us-gov-east-1  = "18.253.138.96/27"
      ca-west-1      = "40.176.98.192/27"
      us-gov-west-1  = "52.61.204.160/27"
      cn-north-1     = "52.81.151.32/27"
      us-west-1      = "13.57.135.192/27"
      cn-northwest-1 = "161.189.23.64/27"
      us-west-2      = "52.89.255.224/27"
      eu-central-1   = "35.158.127.160/27"
    }
    error_message = "The map differs from the published list."
  }
  assert {
    condition     = length(distinct(values(local.firehose_cidr_blocks))) == length(local.firehose_cidr_blocks) && alltrue([for c in values(local.firehose_cidr_blocks) : can(cidrhost(c, 31)) && endswith(c, "/27")])
    error_message = "Every Region has a block of its own, a valid /27."
  }
  assert {
    condition     = output.firehose_cidr_block == "52.19.239.192/27" && length(aws_vpc_security_group_ingress_rule.firehose) == 0
    error_message = "The block must be told, and no rule made unasked."
  }
}

run "rule" {
  command = plan

  variables {
    redshift = {
      cluster_jdbcurl   = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5555/dev"
      secret_arn        = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:logferry-AbCdEf"
      security_group_id = "sg-1"
    }
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.firehose[0].cidr_ipv4 == "52.19.239.192/27" && aws_vpc_security_group_ingress_rule.firehose[0].from_port == 5555 &&
      aws_vpc_security_group_ingress_rule.firehose[0].to_port == 5555 && aws_vpc_security_group_ingress_rule.firehose[0].ip_protocol == "tcp"
    )
    error_message = "The rule must open the port of the URL, and only that."
  }
}

run "unknown_region" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { id = "xx-test-1", name = "xx-test-1" }
  }

  variables {
    redshift = {
      cluster_jdbcurl   = "jdbc:redshift://example.abc123.xx-test-1.redshift.amazonaws.com:5439/dev"
      secret_arn        = "arn:aws:secretsmanager:xx-test-1:123456789012:secret:logferry-AbCdEf"
      security_group_id = "sg-1"
    }
  }

  expect_failures = [aws_vpc_security_group_ingress_rule.firehose]
}

run "no_opening_for_nothing" {
  command = plan

  variables {
    destination = "extended_s3"
    redshift    = { security_group_id = "sg-1" }
  }

  expect_failures = [aws_vpc_security_group_ingress_rule.firehose]
}
