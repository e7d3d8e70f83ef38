# The minimal example against an emulator. Only provider.tf knows of it; the example and the module are used as they
# are. Redshift, which the emulator lacks, is given from outside, as by a user who has a cluster.

resource "aws_s3_bucket" "logs" {
  bucket = "example-logs"
}

module "minimal" {
  source = "../../examples/minimal"

  package_path    = var.package_path
  architecture    = "x86_64"
  log_bucket      = aws_s3_bucket.logs.bucket
  cluster_jdbcurl = "jdbc:redshift://example.abc123.eu-west-1.redshift.amazonaws.com:5439/dev"
  secret_arn      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:example-AbCdEf"
  alarm_topic_arn = "arn:aws:sns:eu-west-1:123456789012:example"
}
