variable "package_path" {
  description = "Path of the function's zip."
  type        = string
  nullable    = false
}

variable "architecture" {
  description = "What the zip was built for: arm64 or x86_64."
  type        = string
  default     = "arm64"
  nullable    = false
}

variable "log_bucket" {
  description = "Name of the bucket that receives the access logs. Its notification configuration is replaced."
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

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic the alarms notify. Without one nobody is told, and each plan says so."
  type        = string
  default     = null
}
