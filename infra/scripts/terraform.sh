# Sourced by the scripts that run Terraform: finds it and its AWS provider, or says what is missing.

# A CLI configuration that is named but not there makes every call of Terraform warn.
if [[ -n ${TF_CLI_CONFIG_FILE:-} && ! -e $TF_CLI_CONFIG_FILE ]]; then
  unset TF_CLI_CONFIG_FILE
fi
export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

# The folder of the provider mirror, or nothing, which means the registry.
provider_mirror() {
  local folder
  for folder in "${LOGFERRY_TF_PLUGIN_DIR:-}" "$HOME/.terraform.d/plugins" {/usr/local,/usr}/share/terraform/plugins /opt/*; do
    if [[ -n $folder && -d $folder/registry.terraform.io/hashicorp/aws ]]; then
      printf '%s\n' "$folder"
      return
    fi
  done
}

# Ends with 3 where Terraform is missing, or where a mirror was named that has no provider: never a silent pass.
terraform_or_absent() {
  command -v terraform >/dev/null || absent "terraform is not installed (1.9 or later)."
  if [[ -n ${LOGFERRY_TF_PLUGIN_DIR:-} && ! -d $LOGFERRY_TF_PLUGIN_DIR/registry.terraform.io/hashicorp/aws ]]; then
    absent "LOGFERRY_TF_PLUGIN_DIR is $LOGFERRY_TF_PLUGIN_DIR, which holds no registry.terraform.io/hashicorp/aws."
  fi
}

terraform_init() {
  local mirror
  mirror=$(provider_mirror)
  terraform -chdir="$1" init -no-color -input=false -backend=false ${mirror:+"-plugin-dir=$mirror"} >"${TMPDIR:-/tmp}/logferry-init.$$" 2>&1 || {
    cat "${TMPDIR:-/tmp}/logferry-init.$$" >&2
    rm -f "${TMPDIR:-/tmp}/logferry-init.$$"
    return 1
  }
  rm -f "${TMPDIR:-/tmp}/logferry-init.$$"
}

# Keeps one provider running for every Terraform that follows, from a folder where init was: each run of a test file otherwise starts
# one of its own and reads its schema, which is most of what a check of the mocked module costs. Sets provider_pid, for the caller
# to end it; where it does not start Terraform starts its own, slower.
provider_kept() {
  local program log said
  # Memory is plenty, and both programs are short-lived or idle.
  export GOGC=800
  program=$(find -L "$1/.terraform/providers" -type f -name 'terraform-provider-aws_*' -perm -u+x | head -1)
  [[ -n $program ]] || return 0
  log=$(mktemp)
  "$program" -debug >"$log" 2>/dev/null &
  provider_pid=$!
  for _ in $(seq 300); do
    said=$(sed -n "s/.*TF_REATTACH_PROVIDERS='\(.*\)'.*/\1/p" "$log")
    if [[ -n $said ]]; then
      export TF_REATTACH_PROVIDERS=$said
      break
    fi
    kill -0 "$provider_pid" 2>/dev/null || break
    sleep 0.1
  done
  rm -f "$log"
}
