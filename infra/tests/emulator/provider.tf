# Where AWS is: on an emulator. tests/deep/quickstart puts this file beside the quick start's main.tf as well.

variable "endpoint" {
  description = "URL of the emulator."
  type        = string
  nullable    = false
}

provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "123456789012" # The emulator takes it as the account's id.
  secret_key                  = "emulator"
  max_retries                 = 2
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true

  endpoints {
    cloudwatch     = var.endpoint
    events         = var.endpoint
    firehose       = var.endpoint
    iam            = var.endpoint
    lambda         = var.endpoint
    logs           = var.endpoint
    s3             = var.endpoint
    secretsmanager = var.endpoint
    sqs            = var.endpoint
    sts            = var.endpoint
  }
}
