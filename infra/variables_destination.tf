# What the caller says of the delivery stream, the staging bucket and Redshift.

variable "destination" {
  description = <<-EOT
    Where the stream delivers, in the provider's terms. `redshift`: Firehose loads the table itself; Redshift must be publicly
    accessible and without enhanced VPC routing. `extended_s3`: for private Redshift; Firehose stops at the staging bucket and
    Redshift's own `COPY JOB` (output `copy_job_sql`) loads from there. A change replaces the stream.
  EOT
  type        = string
  default     = "redshift"
  nullable    = false

  validation {
    condition     = contains(["redshift", "extended_s3"], var.destination)
    error_message = "destination must be redshift or extended_s3."
  }
}

variable "delivery_stream" {
  description = <<-EOT
    The Firehose stream. It delivers when `buffering_size` MB or `buffering_interval` seconds are reached. 900 seconds is the
    longest, on purpose: access logs arrive hours late anyway, and each COPY costs (Redshift Serverless bills at least 60
    seconds and would never sleep). 64 MB keeps files in the range COPY likes. `compression_format` is GZIP or UNCOMPRESSED;
    the COPY options follow it. `kms_key_arn` encrypts the stream's own storage with your key instead of an AWS one.
  EOT
  type = object({
    buffering_size     = optional(number, 64)
    buffering_interval = optional(number, 900)
    compression_format = optional(string, "GZIP")
    kms_key_arn        = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.delivery_stream.buffering_size >= 1 && var.delivery_stream.buffering_size <= 128
    error_message = "delivery_stream.buffering_size must be 1 to 128 MB."
  }
  validation {
    condition     = var.delivery_stream.buffering_interval >= 60 && var.delivery_stream.buffering_interval <= 900
    error_message = "delivery_stream.buffering_interval must be 60 to 900 seconds."
  }
  validation {
    condition     = contains(["GZIP", "UNCOMPRESSED"], var.delivery_stream.compression_format)
    error_message = "delivery_stream.compression_format must be GZIP or UNCOMPRESSED: Firehose takes nothing else for Redshift."
  }
}

variable "staging" {
  description = <<-EOT
    The bucket between Firehose and Redshift; the module makes it. `bucket` defaults to NAME-staging-ACCOUNT-REGION. `prefix` is
    plain text that ends in a slash. `expiration_days` must leave time to replay a failed COPY, since Firehose never deletes.
    `logging` is where S3 access logs of this bucket go, if anywhere: never where the module reads logs, which would feed itself.
    `force_destroy` lets `terraform destroy` delete staged objects.
  EOT
  type = object({
    bucket          = optional(string)
    prefix          = optional(string, "s3-access-log/")
    expiration_days = optional(number, 30)
    kms_key_arn     = optional(string)
    force_destroy   = optional(bool, false)
    logging = optional(object({
      target_bucket = string
      target_prefix = optional(string, "")
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.staging.bucket == null || can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.staging.bucket))
    error_message = "staging.bucket must be a bucket name without dots (auto-copy refuses dots)."
  }
  validation {
    condition     = !strcontains(var.staging.prefix, "!{")
    error_message = "staging.prefix must not hold a prefix expression (!{...}): Firehose refuses them for Redshift, and COPY JOB would look for the text itself."
  }
  validation {
    condition     = can(regex("^[A-Za-z0-9_./=-]{1,200}/$", replace(var.staging.prefix, "/!\\{[^}]*\\}/", ""))) && !can(regex("^(errors|ledger|ledger-errors|backfill|backfill-results|replay)?/", var.staging.prefix))
    error_message = "staging.prefix must be plain text that ends in a slash, does not begin with one, and lies outside errors/, ledger/, ledger-errors/, backfill/, backfill-results/ and replay/, which have uses of their own."
  }
  validation {
    condition     = var.staging.expiration_days >= 14
    error_message = "staging.expiration_days must be at least 14: objects must outlive Firehose's 24 hours, the COPY retries and the time you need to replay a failed load."
  }
  validation {
    condition = var.staging.logging == null ? true : alltrue(flatten([
      for b in var.log_buckets : [
        for p in b.prefixes : b.bucket != var.staging.logging.target_bucket ||
        !(startswith(var.staging.logging.target_prefix, p) || startswith(p, var.staging.logging.target_prefix))
      ]
    ]))
    error_message = "staging.logging points into a log bucket and prefix the function reads: each delivery would log, be read, be delivered and log again, for ever. Choose another bucket or a prefix outside log_buckets."
  }
  validation {
    condition     = var.staging.bucket == null || !contains(var.log_buckets[*].bucket, coalesce(var.staging.bucket, "-"))
    error_message = "staging.bucket is one of log_buckets: what Firehose stages would be read as logs, for ever. The staging bucket must be another one."
  }
}

variable "redshift" {
  description = <<-EOT
    The table and how to reach it. With `destination = "redshift"`: `cluster_jdbcurl` (provisioned or serverless, as AWS prints
    it, no parameters) and `secret_arn`, a Secrets Manager secret `{"username": "...", "password": "..."}` of the user that
    loads (output `user_sql`); the module takes no password, so none comes into the state. `security_group_id` gets a rule that
    lets Firehose of this Region in. `data_api` asks the module to create the table and views, with credentials that may
    (`secret_arn` or `db_user`). `namespace_arn` lets that namespace take events from the staging bucket (extended_s3).
    `extra_copy_options` is added to the COPY options. `load_schedule` (extended_s3, needs `data_api`) makes the COPY JOB run
    by this schedule expression instead of with each file, which lets a Serverless workgroup sleep. `readers` get SELECT on
    table and views in `user_sql`: names of users, or `ROLE name`, `GROUP name`.
  EOT
  type = object({
    cluster_jdbcurl    = optional(string)
    secret_arn         = optional(string)
    secret_kms_key_arn = optional(string)
    schema_name        = optional(string, "public")
    table_name         = optional(string, "s3_access_log")
    user_name          = optional(string, "logferry_firehose")
    retry_duration     = optional(number, 7200)
    extra_copy_options = optional(string, "")
    security_group_id  = optional(string)
    namespace_arn      = optional(string)
    load_schedule      = optional(string)
    readers            = optional(list(string), [])
    data_api = optional(object({
      cluster_identifier = optional(string)
      workgroup_name     = optional(string)
      database           = string
      secret_arn         = optional(string)
      db_user            = optional(string)
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.destination != "redshift" || (var.redshift.cluster_jdbcurl != null && var.redshift.secret_arn != null)
    error_message = "destination redshift needs redshift.cluster_jdbcurl and redshift.secret_arn. For private Redshift set destination to extended_s3."
  }
  validation {
    condition     = var.redshift.cluster_jdbcurl == null || can(regex("^jdbc:(redshift|postgresql)://([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+redshift(-serverless)?\\.[a-zA-Z0-9.-]+:[0-9]{1,5}/[a-zA-Z0-9_$-]+$", var.redshift.cluster_jdbcurl))
    error_message = "redshift.cluster_jdbcurl is not a URL Firehose accepts: jdbc:redshift://HOST.redshift.amazonaws.com:PORT/DATABASE or jdbc:redshift://WORKGROUP.ACCOUNT.REGION.redshift-serverless.amazonaws.com:PORT/DATABASE, with a port, without parameters, no custom domain."
  }
  validation {
    condition     = var.redshift.secret_arn == null || can(regex("^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:", var.redshift.secret_arn))
    error_message = "redshift.secret_arn must be the ARN of a Secrets Manager secret, never a password."
  }
  validation {
    condition = alltrue([
      for n in [var.redshift.schema_name, var.redshift.table_name, var.redshift.user_name] : can(regex("^[a-z_][a-z0-9_]{0,99}$", n))
    ])
    error_message = "redshift.schema_name, table_name and user_name must be plain lower-case identifiers of at most 100 characters."
  }
  validation {
    condition     = var.redshift.retry_duration >= 0 && var.redshift.retry_duration <= 7200
    error_message = "redshift.retry_duration must be 0 to 7200 seconds."
  }
  validation {
    condition     = !can(regex("(?i)\\b(GZIP|BZIP2|LZOP|ZSTD|JSON|FORMAT|CSV|PARQUET|AVRO|ORC|MANIFEST|TIMEFORMAT|ACCEPTINVCHARS|TRUNCATECOLUMNS|COMPUPDATE|STATUPDATE|CREDENTIALS|IAM_ROLE|DELIMITER|ESCAPE|FILLRECORD|FIXEDWIDTH|IGNOREBLANKLINES|NULL|READRATIO|REMOVEQUOTES)\\b", var.redshift.extra_copy_options))
    error_message = "redshift.extra_copy_options repeats an option the module sets (it follows the compression), one Firehose adds (MANIFEST, CREDENTIALS), one that needs the table's owner (STATUPDATE), or one COPY refuses with JSON."
  }
  validation {
    condition     = var.destination != "extended_s3" || !can(regex("(?i)\\b(MAXERROR|IGNOREALLERRORS)\\b", var.redshift.extra_copy_options))
    error_message = "COPY JOB takes neither MAXERROR nor IGNOREALLERRORS; remove them from redshift.extra_copy_options."
  }
  validation {
    condition = var.redshift.data_api == null ? true : (
      (var.redshift.data_api.cluster_identifier == null) != (var.redshift.data_api.workgroup_name == null)
    )
    error_message = "redshift.data_api needs exactly one of cluster_identifier (provisioned) and workgroup_name (serverless)."
  }
  validation {
    condition     = var.redshift.namespace_arn == null || var.destination == "extended_s3"
    error_message = "redshift.namespace_arn is only for destination extended_s3: with redshift, Firehose loads and no COPY JOB must load the same files again."
  }
  validation {
    condition     = var.redshift.load_schedule == null || (var.destination == "extended_s3" && var.redshift.data_api != null)
    error_message = "redshift.load_schedule needs destination extended_s3 (with redshift, Firehose loads) and redshift.data_api, through which the schedule speaks to Redshift."
  }
  validation {
    condition     = var.redshift.load_schedule == null || can(regex("^(rate|cron)\\(.+\\)$", var.redshift.load_schedule))
    error_message = "redshift.load_schedule must be rate(...) or cron(...), such as cron(0 3 * * ? *)."
  }
  validation {
    condition     = alltrue([for r in var.redshift.readers : can(regex("^(ROLE |GROUP )?[a-z_][a-z0-9_]{0,99}$", r))])
    error_message = "redshift.readers must hold names of users, or ROLE name or GROUP name, in plain lower case."
  }
}

variable "ledger" {
  description = <<-EOT
    The ledger: one line for each log object, written after all its rows were acknowledged, through a stream of its own into
    `ledger/` of the staging bucket, where `logferry audit` reads it. Kept `expiration_days`.
  EOT
  type = object({
    enabled         = optional(bool, true)
    expiration_days = optional(number, 400)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.ledger.expiration_days >= 14
    error_message = "ledger.expiration_days must be at least 14: an audit reads the ledger long after the rows were delivered."
  }
}

variable "backfill" {
  description = <<-EOT
    A Step Functions state machine that invokes the function with every object below a prefix, or with every object of an S3
    inventory (output `backfill_arn`); started by hand, its concurrency is part of its input. `enabled` makes it and the role it
    needs. `inventory_bucket`: the bucket inventories of log buckets are delivered to; without it the role may not read one.
  EOT
  type = object({
    enabled          = optional(bool, false)
    inventory_bucket = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.backfill.inventory_bucket == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.backfill.inventory_bucket))
    error_message = "backfill.inventory_bucket must be the name of a bucket, without s3:// and without a key."
  }
}

variable "maintenance" {
  description = <<-EOT
    Takes copies out of the table, by schedule: EventBridge Scheduler calls the procedure `TABLE_maintain(days)` through the
    Data API, for what was loaded in the last `days`; more often than every `days` nothing is missed. Needs
    `redshift.data_api`, whose user must own the table or may insert, delete and lock it. Redshift Serverless wakes for it.
    Null: no schedule; the views count each line once all the same.
  EOT
  type = object({
    schedule_expression = optional(string, "cron(30 3 * * ? *)")
    days                = optional(number, 8)
  })
  default = null

  validation {
    condition     = var.maintenance == null || var.redshift.data_api != null
    error_message = "maintenance needs redshift.data_api, through which the procedure is made and called."
  }
  validation {
    condition     = var.maintenance == null ? true : can(regex("^(cron|rate)\\(.+\\)$", var.maintenance.schedule_expression))
    error_message = "maintenance.schedule_expression must be cron(...) or rate(...)."
  }
  validation {
    condition     = var.maintenance == null ? true : var.maintenance.days >= 1 && floor(var.maintenance.days) == var.maintenance.days
    error_message = "maintenance.days must be a whole number from 1; 8 covers what Firehose and the queue load again by themselves within a week."
  }
}
