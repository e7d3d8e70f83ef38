# Laid over the minimal example by the emulator: this run's Firehose serves one stream, which would lose the ledger's lines, and
# has no quota to keep to. The ledger is tried with the function's own tests.

module "logferry" {
  ledger   = { enabled = false }
  settings = { bytes_per_second = 1073741824 }
}
