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
    The alarms and where they go. `alarm_actions` and `ok_actions` are ARNs, an SNS topic as a rule; without any, a plan warns
    that nobody is told. The other attributes are thresholds: the share of quarantined lines, of the function's timeout, of the
    stream's quota, and ages in seconds. S3 usually delivers logs within a few hours. `silence_hours` is how long no object may
    be done (up to 168, 0 for never mind). With `destination = "extended_s3"` and `redshift.data_api` a query by
    `load_check_schedule` asks whether Redshift loaded anything in the last `load_check_hours` (`""` for never; it wakes a
    Serverless workgroup for a minute).
  EOT
  type = object({
    enabled             = optional(bool, true)
    alarm_actions       = optional(list(string), [])
    ok_actions          = optional(list(string), [])
    oldest_message      = optional(number, 3600)
    quarantine_ratio    = optional(number, 0.01)
    duration_ratio      = optional(number, 0.9)
    stream_quota_ratio  = optional(number, 0.8)
    s3_lag_seconds      = optional(number, 43200)
    own_lag_seconds     = optional(number, 7200)
    silence_hours       = optional(number, 24)
    load_check_schedule = optional(string, "rate(1 day)")
    load_check_hours    = optional(number, 36)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for a in concat(var.alarms.alarm_actions, var.alarms.ok_actions) : can(regex("^arn:[a-z-]+:", a))])
    error_message = "alarms.alarm_actions and alarms.ok_actions must be ARNs."
  }
  validation {
    condition = alltrue([
      for r in [var.alarms.quarantine_ratio, var.alarms.duration_ratio, var.alarms.stream_quota_ratio] : r > 0 && r <= 1
    ])
    error_message = "alarms.quarantine_ratio, alarms.duration_ratio and alarms.stream_quota_ratio must be above 0 and at most 1."
  }
  validation {
    condition     = var.alarms.silence_hours == floor(var.alarms.silence_hours) && var.alarms.silence_hours >= 0 && var.alarms.silence_hours <= 168
    error_message = "alarms.silence_hours must be a whole number up to 168: CloudWatch looks back a week at most."
  }
  validation {
    condition     = var.alarms.load_check_schedule == "" || can(regex("^(rate|cron)\\(.+\\)$", var.alarms.load_check_schedule))
    error_message = "alarms.load_check_schedule must be rate(...), cron(...) or empty."
  }
}

# Terraform prints it with every plan, and goes on: an account may read its alarms in another way.
check "somebody_is_told" {
  assert {
    condition     = !var.alarms.enabled || length(var.alarms.alarm_actions) > 0
    error_message = "Nobody is told: alarms.alarm_actions is empty, so the alarms change their colour and notify no one. Give the ARN of an SNS topic."
  }
}

variable "runbook_base_url" {
  description = "The https:// address at which you can read `docs/runbook.md`; each alarm's description ends in this and the anchor of its section. Without it the description holds the address of the dashboard and names the section."
  type        = string
  default     = null

  validation {
    condition     = var.runbook_base_url == null || can(regex("^https?://[^#]+$", var.runbook_base_url))
    error_message = "runbook_base_url must be an http(s) address without an anchor, so that whoever reads an alarm can follow it."
  }
}

variable "create_dashboard" {
  description = "Whether to create the CloudWatch dashboard."
  type        = bool
  default     = true
  nullable    = false
}
