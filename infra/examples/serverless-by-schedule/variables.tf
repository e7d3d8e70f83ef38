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

variable "workgroup_name" {
  description = "Name of the workgroup."
  type        = string
  nullable    = false
}

variable "namespace_arn" {
  description = "ARN of the workgroup's namespace."
  type        = string
  nullable    = false
}

variable "admin_secret_arn" {
  description = "ARN of the secret of a user that may create the table and run the job."
  type        = string
  nullable    = false
}

variable "load_schedule" {
  description = "When the job runs."
  type        = string
  default     = "rate(6 hours)"
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic the alarms notify. Without one nobody is told, and each plan says so."
  type        = string
  default     = null
}
