//! The arguments of `logferry replay dead-letters`.

use clap::Args as ClapArgs;

use crate::cli::form::Form;
use crate::cli::stack_args::StackArgs;
use crate::operate::letters::Reason;
use crate::ports::MOVES_PER_SECOND_MAX;

/// The messages that the queue gave up on: why, what to do, and back to the queue
///
/// Without --run it receives up to --sample messages, which others see again after 30 seconds, looks at
/// the objects they name and says of each group what to do. With --run all go back by the redrive of SQS,
/// or those of a --reason or --bucket one by one: sent, then deleted here. It reads with your
/// permissions, not with the function's. Ends with 1 where there are messages, with 130 where the redrive
/// was cancelled by Ctrl-C.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  export LOGFERRY_STACK=logferry.json    # instead of --stack
  logferry replay dead-letters
  logferry replay dead-letters --run
  logferry replay dead-letters --reason readable --bucket amber-logs --run
  logferry replay dead-letters --reason gone --delete --run")]
pub(super) struct DeadLettersArgs {
    /// Do it
    #[arg(long)]
    pub(super) run: bool,

    /// The most messages that are looked at without --run
    #[arg(long, value_name = "MESSAGES", default_value_t = 200,
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) sample: u32,

    /// Messages a second of the redrive
    #[arg(long, value_name = "MESSAGES", default_value_t = 50,
        value_parser = clap::value_parser!(u16).range(1..=i64::from(MOVES_PER_SECOND_MAX)))]
    pub(super) rate: u16,

    /// Those alone for which this holds, as the plan names it
    #[arg(long, value_name = "REASON", value_parser = reason)]
    pub(super) reason: Option<Reason>,

    /// Those alone whose objects are in this bucket
    #[arg(long, value_name = "NAME")]
    pub(super) bucket: Option<String>,

    /// Delete those of the selection for which nothing is to be read (gone, `not_an_access_log`), each
    /// after it was shown
    #[arg(long)]
    pub(super) delete: bool,

    /// URL of the dead-letter queue [default: the stack file's]
    #[arg(long, value_name = "URL")]
    pub(super) dead_letter_queue_url: Option<String>,

    /// URL of the queue that messages go back to [default: the stack file's]
    #[arg(long, value_name = "URL")]
    pub(super) queue_url: Option<String>,

    /// Who reads what is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(super) format: Form,

    #[command(flatten)]
    pub(super) stack: StackArgs,
}

fn reason(text: &str) -> Result<Reason, String> {
    let names = || Reason::ALL.map(Reason::name).join(", ");
    let found = Reason::ALL.into_iter().find(|reason| reason.name() == text);
    found.ok_or_else(|| format!("want one of {}", names()))
}
