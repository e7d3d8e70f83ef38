output "log_bucket" {
  description = "Name of the bucket log objects are put into."
  value       = aws_s3_bucket.logs.bucket
}

output "logferry" {
  description = "Everything the module says."
  value       = module.minimal.logferry
}

output "operator" {
  description = "What the command-line tool needs to know."
  value       = module.minimal.operator
}
