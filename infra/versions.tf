terraform {
  # 1.9 lets a validation speak of other variables; several guards do.
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # The checks run with 5.100.0 only; 6.x is admitted by reading, not by a run: README.md, "Upgrades", says what was read.
      # The upper end is there because nothing is known of 7.
      version = ">= 5.100, < 7.0"
    }
  }
}
