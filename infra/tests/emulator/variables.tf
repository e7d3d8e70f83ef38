variable "package_path" {
  description = "Path of the function's zip, built for x86_64."
  type        = string
  nullable    = false
}
