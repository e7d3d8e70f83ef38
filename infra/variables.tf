# What the caller says of names, roles, log buckets and the queue. The function is in variables_function.tf, the
# destination in variables_destination.tf, alarms are in variables_monitoring.tf.

variable "name" {
  description = "Name of the function, the queue and the delivery stream, and the beginning of every other name. 3 to 26 characters, so that the longest derived name (the staging bucket) stays within 63."
  type        = string
  default     = "logferry"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,24}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 26 characters: lower-case letters, digits and hyphens, a letter first, no hyphen last."
  }
}

variable "tags" {
  description = "Tags for every resource that takes them."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "permissions_boundary" {
  description = "ARN of the permissions boundary for the roles, where an organisation demands one."
  type        = string
  default     = null
}

variable "iam_role_path" {
  description = "Path of the roles the module makes, where an organisation demands one."
  type        = string
  default     = "/"
  nullable    = false

  validation {
    condition     = can(regex("^/([!-.0-~]+/)*$", var.iam_role_path)) && length(var.iam_role_path) <= 512
    error_message = "iam_role_path must begin and end with a slash, in at most 512 characters."
  }
}

variable "roles" {
  description = <<-EOT
    ARNs of roles made elsewhere, where this account may make none. The module then neither makes nor changes that role: whoever
    made it attaches the policy of the output `role_policies` and lets the service of `role_services` assume it.
  EOT
  type = object({
    function = optional(string)
    firehose = optional(string)
    copy     = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for r in compact(values(var.roles)) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/", r))])
    error_message = "roles must hold ARNs of roles: arn:aws:iam::ACCOUNT:role/NAME."
  }
}

variable "log_buckets" {
  description = <<-EOT
    The buckets that receive S3 server access logs. Names must be known at plan time.
    `bucket`: name. `prefixes`: the target prefixes of the logs; only objects below them are read.
    `account_id`: only for a bucket of another account; the module then writes nothing on that bucket
    and gives what its owner must add (outputs `log_bucket_policy_statements` and `eventbridge_commands`).
    `kms_key_arn`: only where log objects are encrypted with a key. `region`: to have it checked; must be the module's own.
  EOT
  type = list(object({
    bucket      = string
    prefixes    = optional(list(string), [""])
    account_id  = optional(string)
    kms_key_arn = optional(string)
    region      = optional(string)
  }))
  nullable = false

  validation {
    condition     = length(var.log_buckets) > 0
    error_message = "log_buckets must name at least one bucket."
  }
  validation {
    condition     = length(distinct(var.log_buckets[*].bucket)) == length(var.log_buckets)
    error_message = "log_buckets names a bucket twice; list all its prefixes in one entry."
  }
  validation {
    condition     = alltrue([for b in var.log_buckets : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", b.bucket))])
    error_message = "log_buckets holds something that is not a bucket name (3 to 63 lower-case letters, digits, dots, hyphens). Give names, not ARNs."
  }
  validation {
    condition     = alltrue([for b in var.log_buckets : length(b.prefixes) > 0])
    error_message = "prefixes must not be an empty list; leave it out to read the whole bucket."
  }
  validation {
    condition = alltrue(flatten([for b in var.log_buckets : [
      for i, p in b.prefixes : [
        for j, q in b.prefixes : i == j || !(startswith(p, q) || startswith(q, p))
      ]
    ]]))
    error_message = "Two prefixes of one log bucket overlap; S3 refuses overlapping notifications, and objects would be read twice."
  }
  validation {
    condition     = alltrue([for b in var.log_buckets : alltrue([for p in b.prefixes : !can(regex("[*?$]", p)) && length(p) <= 512])])
    error_message = "A prefix of log_buckets must be plain text of at most 512 characters without *, ? or $: it becomes part of an IAM resource."
  }
  validation {
    condition     = alltrue([for b in var.log_buckets : b.account_id == null || can(regex("^[0-9]{12}$", b.account_id))])
    error_message = "account_id must have 12 digits."
  }
  validation {
    condition     = alltrue([for b in var.log_buckets : b.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", b.kms_key_arn))])
    error_message = "kms_key_arn of a log bucket must be the ARN of a key, not an alias."
  }
}

variable "notification_mode" {
  description = <<-EOT
    How new log objects reach the function.
    `eventbridge`: an EventBridge rule sends them to the queue. Writes NOTHING on the bucket, which must already
    send to EventBridge (output `eventbridge_commands` switches that on and keeps what else is configured).
    `bucket`: S3 sends to the queue. WARNING: the module then owns the bucket's notification configuration, and
    Terraform replaces the WHOLE of it, no matter who wrote it. Only for buckets nobody else uses for notifications.
    `direct`: S3 calls the function; failed events go to the dead-letter queue. Same WARNING. Small objects are
    not read together, so Firehose costs more.
    `none`: the queue is ready (output `queue_arn`), and notifications are your own business.
  EOT
  type        = string
  default     = "eventbridge"
  nullable    = false

  validation {
    condition     = contains(["eventbridge", "bucket", "direct", "none"], var.notification_mode)
    error_message = "notification_mode must be eventbridge, bucket, direct or none."
  }
}

variable "queue" {
  description = <<-EOT
    The queue and how the function reads it. Log objects are small: waiting `maximum_batching_window_in_seconds` for up to
    `batch_size` of them lets their rows share Firehose records, which are billed by 5 KB. `visibility_timeout_seconds` is by
    default six times the function's timeout plus the window. `maximum_concurrency` keeps the function within the stream's quota.
    `message_retention_seconds` is 14 days, the longest there is: a backlog that outlives it is lost.
    A key given as `kms_key_arn` must allow the sender (`s3.amazonaws.com` or `events.amazonaws.com`) to use it.
  EOT
  type = object({
    batch_size                         = optional(number, 100)
    maximum_batching_window_in_seconds = optional(number, 60)
    maximum_concurrency                = optional(number, 5)
    visibility_timeout_seconds         = optional(number)
    message_retention_seconds          = optional(number, 1209600)
    max_receive_count                  = optional(number, 5)
    kms_key_arn                        = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.queue.batch_size >= 1 && var.queue.batch_size <= 1000
    error_message = "queue.batch_size must be 1 to 1000: a batch of more does not fit in one invocation's 6 MB with certainty."
  }
  validation {
    condition     = var.queue.maximum_batching_window_in_seconds >= (var.queue.batch_size > 10 ? 1 : 0) && var.queue.maximum_batching_window_in_seconds <= 300
    error_message = "queue.maximum_batching_window_in_seconds must be at most 300, and at least 1 when batch_size is above 10."
  }
  validation {
    condition     = var.queue.maximum_concurrency >= 2 && var.queue.maximum_concurrency <= 1000
    error_message = "queue.maximum_concurrency must be 2 to 1000; to run one at a time is not offered by Lambda for queues."
  }
  validation {
    condition     = var.function.reserved_concurrent_executions == -1 || var.function.reserved_concurrent_executions >= var.queue.maximum_concurrency
    error_message = "queue.maximum_concurrency is above function.reserved_concurrent_executions: the surplus is throttled, and messages go to the dead-letter queue unread."
  }
  validation {
    condition = var.queue.visibility_timeout_seconds == null ? true : (
      var.queue.visibility_timeout_seconds >= 6 * var.function.timeout && var.queue.visibility_timeout_seconds <= 43200
    )
    error_message = "queue.visibility_timeout_seconds must be at least six times function.timeout (and at most 43200): otherwise a message is handed out again while it is still being read."
  }
  validation {
    condition     = var.queue.message_retention_seconds <= 1209600 && var.queue.message_retention_seconds > var.queue.max_receive_count * coalesce(var.queue.visibility_timeout_seconds, 6 * var.function.timeout + var.queue.maximum_batching_window_in_seconds)
    error_message = "queue.message_retention_seconds must be at most 1209600 and longer than max_receive_count visibility timeouts: otherwise messages vanish before they reach the dead-letter queue."
  }
  validation {
    condition     = var.queue.max_receive_count >= 2 && var.queue.max_receive_count <= 1000
    error_message = "queue.max_receive_count must be 2 to 1000: one throttled attempt must not send a message to the dead-letter queue."
  }
  validation {
    condition     = var.queue.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.queue.kms_key_arn))
    error_message = "queue.kms_key_arn must be the ARN of a customer managed key: S3 and EventBridge cannot send through the key alias/aws/sqs."
  }
}
