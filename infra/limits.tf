# What AWS refuses for its length or number, found when planning: an apply that stops there stops half way.
# Sources: IAM, SQS, EventBridge and Lambda quotas of the AWS documentation, read 2026-11.

locals {
  # What one more permission adds to the function's own policy, about; it may have 20 KB.
  direct_permission_bytes = 400

  environment_bytes = sum([for name, value in merge(local.environment, { LOGFERRY_CONTINUATION_QUEUE_URL = "https://sqs.${local.region}.${local.dns_suffix}/${local.account_id}/${var.name}" }) : length(name) + length(value)])

  # Each: how long it is, the most there may be, and what to do.
  limits = {
    "the function's policy"          = [length(local.policies.function), 10240, "Name fewer prefixes, or shorter ones, in log_buckets."]
    "the stream's policy"            = [length(local.policies.firehose), 10240, "Shorten staging.prefix."]
    "the policy of COPY"             = [length(local.policies.copy), 10240, "Shorten staging.prefix."]
    "the queue's policy"             = [length(jsonencode(local.queue_policy)), 8192, "Name fewer buckets in log_buckets, or use the module a second time."]
    "the dead-letter queue's policy" = [length(jsonencode(local.dead_letter_policy)), 8192, "Name fewer buckets in log_buckets, or use the module a second time."]
    "the staging bucket's policy"    = [length(jsonencode(local.staging_policy)), 20480, "Shorten staging.bucket."]
    "the bus's policy"               = [length(jsonencode(local.bus_policy)), 10240, "Name buckets of fewer accounts in log_buckets."]
    "an event pattern"               = [max([for p in values(local.event_patterns) : length(p)]...), 2048, "Name fewer prefixes of a bucket, or shorter ones, in log_buckets."]
    "the function's variables"       = [local.environment_bytes, 4096, "Shorten settings.filters."]
    "the function's own policy"      = [var.notification_mode == "direct" ? length(var.log_buckets) * local.direct_permission_bytes : 0, 20480, "Use the mode eventbridge or bucket."]
  }

  # A rule of its own for each bucket; Regions of later years start with a quota of 100 rules a bus.
  event_rules_max = 100
}

resource "terraform_data" "limits" {
  input = var.name

  lifecycle {
    precondition {
      condition     = alltrue([for l in values(local.limits) : l[0] <= l[1]])
      error_message = join(" ", [for what, l in local.limits : "AWS takes at most ${l[1]} characters for ${what}; it has ${l[0]}. ${l[2]}" if l[0] > l[1]])
    }
    precondition {
      condition     = length(local.event_rule_names) <= local.event_rules_max
      error_message = "More than ${local.event_rules_max} buckets in the mode eventbridge need more rules than a bus has by default in every Region. Use the module a second time, or the mode none."
    }
    precondition {
      condition     = alltrue([for b in var.log_buckets : length(b.prefixes) <= 100]) || !contains(["bucket", "direct"], var.notification_mode)
      error_message = "A bucket takes at most 100 notifications, one for each prefix of log_buckets. Name fewer prefixes."
    }
    precondition {
      condition     = length(local.filter_mistakes) == 0
      error_message = "The function would not start with settings.filters: ${join("; ", local.filter_mistakes)}. See docs/filters.md."
    }
  }
}
