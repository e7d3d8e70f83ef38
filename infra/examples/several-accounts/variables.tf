variable "package_path" {
  description = "Path of the function's zip."
  type        = string
  nullable    = false
}

variable "own_buckets" {
  description = "Names of two log buckets of this account."
  type        = list(string)
  nullable    = false
}

variable "other_bucket" {
  description = "Name of the log bucket in the other account."
  type        = string
  nullable    = false
}

variable "other_account_id" {
  description = "Id of the other account."
  type        = string
  nullable    = false
}

variable "logs_account_role_arn" {
  description = "ARN of a role in the other account that may write the bucket's policy and notifications."
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
