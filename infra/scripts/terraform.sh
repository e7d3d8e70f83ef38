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
