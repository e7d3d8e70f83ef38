variable "package_path" {
  description = "Path of the function's zip."
  type        = string
  nullable    = false
}

variable "log_bucket" {
  description = "Name of the existing log bucket."
  type        = string
  nullable    = false
}

variable "cluster_jdbcurl" {
  description = "JDBC URL of the cluster."
  type        = string
  nullable    = false
}

variable "secret_arn" {
  description = "ARN of the secret with username and password of the user that loads."
  type        = string
  nullable    = false
}

variable "security_group_id" {
  description = "Security group of the cluster; it gets a rule for Firehose."
  type        = string
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic the alarms notify."
  type        = string
  nullable    = false
}
