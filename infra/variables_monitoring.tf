# What the caller says of logs, alarms and the dashboard.

variable "log_group" {
  description = "The log groups of the function and the stream. `kms_key_id` is the ARN of a key whose policy allows CloudWatch Logs. Log lines never hold contents of access logs."
  type = object({
    retention_in_days = optional(number, 30)
    kms_key_id        = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_group.retention_in_days)
    error_message = "log_group.retention_in_days must be one of CloudWatch's steps: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "alarms" {
  description = <<-EOT
    The alarms and where they go. `alarm_actions` and `ok_actions` are ARNs, an SNS topic as a rule. The other attributes are
    thresholds: the share of quarantined lines, the share of the function's timeout, and ages in seconds. S3 usually delivers
    logs within a few hours.
  EOT
  type = object({
    enabled           = optional(bool, true)
    alarm_actions     = optional(list(string), [])
    ok_actions        = optional(list(string), [])
    oldest_message    = optional(number, 3600)
    quarantine_ratio  = optional(number, 0.01)
    duration_ratio    = optional(number, 0.9)
    s3_lag_seconds    = optional(number, 43200)
    own_lag_seconds   = optional(number, 7200)
    throttled_records = optional(number, 1000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for a in concat(var.alarms.alarm_actions, var.alarms.ok_actions) : can(regex("^arn:[a-z-]+:", a))])
    error_message = "alarms.alarm_actions and alarms.ok_actions must be ARNs."
  }
  validation {
    condition     = var.alarms.quarantine_ratio > 0 && var.alarms.quarantine_ratio <= 1 && var.alarms.duration_ratio > 0 && var.alarms.duration_ratio <= 1
    error_message = "alarms.quarantine_ratio and alarms.duration_ratio must be above 0 and at most 1."
  }
}

variable "runbook_base_url" {
  description = "Where `docs/runbook.md` can be read; each alarm's description ends in this and the anchor of its section."
  type        = string
  default     = "docs/runbook.md"
  nullable    = false
}

variable "create_dashboard" {
  description = "Whether to create the CloudWatch dashboard."
  type        = bool
  default     = true
  nullable    = false
}
