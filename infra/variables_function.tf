# What the caller says of the function: its zip, its size, what the binary is told.

variable "package_path" {
  description = "Path of the function's zip, with the file `bootstrap` at its root, built for `function.architecture` (see the README of the module for the command). Exactly one of `package_path`, `package_url` and `package_s3` is given."
  type        = string
  default     = null

  validation {
    condition     = var.package_path == null || try(fileexists(var.package_path), false)
    error_message = "package_path names no file. Build the zip first; the README of the module has the command."
  }
  validation {
    condition     = length([for p in [var.package_path, var.package_url, var.package_s3] : p if p != null]) == 1
    error_message = "Give exactly one of package_path, package_url and package_s3."
  }
}

variable "package_url" {
  description = <<-EOT
    Where the function's zip is fetched from when it is not on this machine, as a release has it. Needs curl and openssl where
    Terraform runs. `sha256_base64` is the SHA-256 of the zip in Base64, which a release lists; another zip stops the apply.
  EOT
  type = object({
    url           = string
    sha256_base64 = string
  })
  default = null

  validation {
    condition     = var.package_url == null || can(regex("^https://[^\\s'\"$`\\\\]+$", var.package_url.url))
    error_message = "package_url.url must be an https:// URL without spaces and quotes."
  }
  validation {
    condition     = var.package_url == null || can(regex("^[A-Za-z0-9+/]{43}=$", var.package_url.sha256_base64))
    error_message = "package_url.sha256_base64 must be a SHA-256 in Base64 (44 characters), not in hex: openssl dgst -sha256 -binary bootstrap.zip | base64"
  }
}

variable "package_s3" {
  description = "Where the function's zip lies in S3, in a bucket of this Region. `sha256_base64` is its SHA-256 in Base64; what Lambda took is compared with it."
  type = object({
    bucket         = string
    key            = string
    object_version = optional(string)
    sha256_base64  = string
  })
  default = null

  validation {
    condition     = var.package_s3 == null || can(regex("^[A-Za-z0-9+/]{43}=$", var.package_s3.sha256_base64))
    error_message = "package_s3.sha256_base64 must be a SHA-256 in Base64 (44 characters), not in hex: openssl dgst -sha256 -binary bootstrap.zip | base64"
  }
}

variable "function" {
  description = <<-EOT
    The Lambda function, in the provider's terms. `tracing_mode` is `PassThrough` (off) or `Active`.
    `vpc_config` is for accounts that demand it; the function needs S3, SQS, Firehose and CloudWatch Logs endpoints there.
    `kms_key_arn` encrypts its environment. `reserved_concurrent_executions = -1` reserves nothing.
  EOT
  type = object({
    architecture                   = optional(string, "arm64")
    memory_size                    = optional(number, 512)
    timeout                        = optional(number, 300)
    reserved_concurrent_executions = optional(number, -1)
    tracing_mode                   = optional(string, "PassThrough")
    kms_key_arn                    = optional(string)
    vpc_config = optional(object({
      subnet_ids         = list(string)
      security_group_ids = list(string)
    }))
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.function.architecture)
    error_message = "function.architecture must be arm64 or x86_64, as the zip was built."
  }
  validation {
    condition     = var.function.timeout >= 30 && var.function.timeout <= 900
    error_message = "function.timeout must be 30 to 900 seconds: the function keeps 10 seconds in reserve to pass the rest of its work to another invocation."
  }
  validation {
    condition     = var.function.memory_size >= 128 && var.function.memory_size <= 10240
    error_message = "function.memory_size must be 128 to 10240 MB."
  }
  validation {
    condition     = contains(["PassThrough", "Active"], var.function.tracing_mode)
    error_message = "function.tracing_mode must be PassThrough or Active."
  }
}

variable "settings" {
  description = <<-EOT
    What the binary is told, by the names of its variables (`docs/lambda.md`). `filters` is a JSON list of rules (use
    `jsonencode`); it is a string because Terraform silently drops attributes it does not know from an object, and a dropped
    rule would be a silent loss. `record_bytes` is the packing target of one Firehose record. `batch_bytes` is by default what
    a stream of this Region takes in a second: 1 MB, or 2 MB where the quota is 5 MiB a second. `bytes_per_second` is the most
    that one function puts, by default 98 % of that quota divided by `queue.maximum_concurrency`; where AWS raised the quota, say
    so with it. In the mode `direct`, where nobody knows how many functions run, there is no such default. `drop_columns`,
    `anonymise_ip`, `secret_names` and `record_compression` change the rows; with `record_compression = "gzip"` the stream
    itself no longer compresses.
  EOT
  type = object({
    filters             = optional(string, "[]")
    record_bytes        = optional(number, 262144)
    batch_bytes         = optional(number)
    bytes_per_second    = optional(number)
    mask_secrets        = optional(bool, true)
    log_level           = optional(string, "info")
    metrics_namespace   = optional(string, "logferry")
    objects_in_flight   = optional(number, 4)
    calls_in_flight     = optional(number, 1)
    deadline_reserve_ms = optional(number, 10000)
    drop_columns        = optional(list(string), [])
    anonymise_ip        = optional(string, "none")
    secret_names        = optional(list(string), [])
    record_compression  = optional(string, "none")
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for name, value in {
        LOGFERRY_RECORD_BYTES        = var.settings.record_bytes
        LOGFERRY_BATCH_BYTES         = coalesce(var.settings.batch_bytes, 1000000)
        LOGFERRY_BYTES_PER_SECOND    = coalesce(var.settings.bytes_per_second, 1048576)
        LOGFERRY_OBJECTS_IN_FLIGHT   = var.settings.objects_in_flight
        LOGFERRY_CALLS_IN_FLIGHT     = var.settings.calls_in_flight
        LOGFERRY_DEADLINE_RESERVE_MS = var.settings.deadline_reserve_ms
      } : value == floor(value) && value >= local.variable[name].least && value <= local.variable[name].most
    ])
    error_message = "A number of settings is outside what the binary takes: record_bytes ${local.variable["LOGFERRY_RECORD_BYTES"].least} to ${local.variable["LOGFERRY_RECORD_BYTES"].most}, batch_bytes ${local.variable["LOGFERRY_BATCH_BYTES"].least} to ${local.variable["LOGFERRY_BATCH_BYTES"].most}, objects_in_flight and calls_in_flight 1 to 64, bytes_per_second ${local.variable["LOGFERRY_BYTES_PER_SECOND"].least} to ${local.variable["LOGFERRY_BYTES_PER_SECOND"].most}, deadline_reserve_ms ${local.variable["LOGFERRY_DEADLINE_RESERVE_MS"].least} to ${local.variable["LOGFERRY_DEADLINE_RESERVE_MS"].most}."
  }
  validation {
    condition     = var.settings.batch_bytes == null || coalesce(var.settings.batch_bytes, 0) >= var.settings.record_bytes
    error_message = "settings.batch_bytes is below settings.record_bytes: one record would not fit into a call."
  }
  validation {
    condition     = var.settings.deadline_reserve_ms <= var.function.timeout * 500
    error_message = "settings.deadline_reserve_ms is more than half of function.timeout: the binary does not start with it."
  }
  validation {
    condition     = contains(["error", "warn", "info", "debug", "trace"], var.settings.log_level)
    error_message = "settings.log_level must be error, warn, info, debug or trace."
  }
  validation {
    condition     = can(regex("^[0-9A-Za-z._/#-]{1,255}$", var.settings.metrics_namespace)) && !startswith(var.settings.metrics_namespace, "AWS/")
    error_message = "settings.metrics_namespace must be a CloudWatch namespace of your own, not one that begins with AWS/."
  }
  validation {
    condition = length(setintersection(var.settings.drop_columns, ["record_id", "request_time", "log_bucket", "log_key", "log_offset", "parse_error"])) == 0 && (
      length(setsubtract(var.settings.drop_columns, [for c in local.contract.columns : c.name if c.in_row])) == 0
    )
    error_message = "settings.drop_columns must name columns of the rows, and none of record_id, request_time, log_bucket, log_key, log_offset and parse_error, by which a row is known."
  }
  validation {
    condition     = contains(["none", "truncate"], var.settings.anonymise_ip) && contains(["none", "gzip"], var.settings.record_compression)
    error_message = "settings.anonymise_ip must be none or truncate, settings.record_compression none or gzip."
  }
  validation {
    condition = alltrue([
      for name, asked in {
        LOGFERRY_DROP_COLUMNS       = length(var.settings.drop_columns) > 0
        LOGFERRY_ANONYMISE_IP       = var.settings.anonymise_ip != "none"
        LOGFERRY_SECRET_NAMES       = length(var.settings.secret_names) > 0
        LOGFERRY_RECORD_COMPRESSION = var.settings.record_compression != "none"
      } : !asked || contains(keys(local.variable), name)
    ])
    error_message = "The binary of this version does not know one of settings.drop_columns, anonymise_ip, secret_names and record_compression."
  }
}
