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

variable "log_prefix" {
  description = "Target prefix of the access logs."
  type        = string
  default     = "s3/"
  nullable    = false
}

variable "workgroup_name" {
  description = "Name of the workgroup."
  type        = string
  nullable    = false
}

variable "workgroup_endpoint" {
  description = "Host of the workgroup: WORKGROUP.ACCOUNT.REGION.redshift-serverless.amazonaws.com."
  type        = string
  nullable    = false
}

variable "database" {
  description = "Name of the database."
  type        = string
  default     = "dev"
  nullable    = false
}

variable "load_secret_arn" {
  description = "ARN of the secret of the user Firehose logs in with."
  type        = string
  nullable    = false
}

variable "admin_secret_arn" {
  description = "ARN of the secret of a user that may create the schema, the table and the views."
  type        = string
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic the alarms notify. Without one nobody is told, and each plan says so."
  type        = string
  default     = null
}
