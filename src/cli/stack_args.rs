//! The arguments of every verb that talks to AWS: which deployment, which Region, whose credentials.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::error::Error;
use crate::operate::Stack;

/// Which deployment, and as whom
#[derive(Debug, Args)]
#[command(next_help_heading = "Deployment")]
pub(super) struct StackArgs {
    /// What `terraform output -raw operator` printed
    #[arg(long, value_name = "FILE", env = "LOGFERRY_STACK")]
    pub(super) stack: Option<PathBuf>,

    /// Region [default: the stack file's, else the environment's or the profile's]
    #[arg(long, value_name = "REGION")]
    pub(super) region: Option<String>,

    /// Profile of the AWS configuration that gives the credentials
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
}

impl StackArgs {
    /// Whose permissions count, as the end of "as ...".
    pub(super) fn who(&self) -> String {
        let profile = self.profile.as_ref().map(|profile| format!("profile {profile}"));
        profile.unwrap_or_else(|| "whom `aws sts get-caller-identity` names".to_owned())
    }

    /// The flags as they were given, for a command that is printed.
    pub(super) fn flags(&self) -> Vec<String> {
        let file = self.stack.as_ref().map(|path| path.display().to_string());
        let (region, profile) = (self.region.clone(), self.profile.clone());
        let flags = [("--stack", file), ("--region", region), ("--profile", profile)];
        let given = flags.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?]));
        given.flatten().collect()
    }

    /// The stack file with the flags that are common to all verbs put over it; an empty one without a
    /// file.
    pub(super) fn read(&self) -> Result<Stack, Error> {
        let mut stack = Stack::default();
        if let Some(path) = &self.stack {
            let text = fs::read_to_string(path)
                .map_err(|source| Error::Read { path: path.clone(), source })?;
            stack = Stack::read(&text)
                .map_err(|source| Error::StackFile { path: path.clone(), source })?;
        }
        if self.region.is_some() {
            stack.region.clone_from(&self.region);
        }
        Ok(stack)
    }
}
