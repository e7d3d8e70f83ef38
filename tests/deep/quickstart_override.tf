# Laid over the quick start's main.tf by tests/deep/quickstart: what kind of processor this machine has.

module "logferry" {
  function = { architecture = "x86_64" }
}
