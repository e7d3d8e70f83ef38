terraform {
  # 1.9 lets a validation speak of other variables; several guards do.
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # The checks run with 5.100.0. Nothing here uses an argument that 6.0 removed.
      version = ">= 5.100, < 7.0"
    }
  }
}
