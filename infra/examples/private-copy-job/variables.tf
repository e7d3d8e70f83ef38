variable "package_path" {
  description = "Path of the function's zip."
  type        = string
  nullable    = false
}

variable "log_bucket" {
  description = "Name of the log bucket, which already sends to EventBridge."
  type        = string
  nullable    = false
}

variable "namespace_arn" {
  description = "ARN of the cluster's namespace: arn:aws:redshift:REGION:ACCOUNT:namespace:ID."
  type        = string
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic the alarms notify. Without one nobody is told, and each plan says so."
  type        = string
  default     = null
}
