//! The end of a process, and how Lambda reports it.

use core::fmt;

use crate::event::Failure;

/// Why a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessExit {
    /// `process.exit(status)`.
    Status(i32),
    /// The values of its code took more memory than there is.
    OutOfMemory {
        /// The limit in MB, if the simulation's own limit was met before `lambda.memory`.
        limit_of_simulation: Option<u32>,
    },
    /// An exception or a rejection that nothing caught.
    Uncaught(Failure),
}

impl ProcessExit {
    /// The error of the invocation that was under way, whose request id is given.
    pub fn failure(self, request_id: &str) -> Failure {
        let message = self.to_string();
        match self {
            Self::Status(_) => Failure {
                name: "Runtime.ExitError".into(),
                message: format!("RequestId: {request_id} Error: {message}").into(),
                code: None,
            },
            Self::OutOfMemory { .. } => {
                Failure { name: "Runtime.OutOfMemory".into(), message: message.into(), code: None }
            }
            Self::Uncaught(failure) => failure,
        }
    }
}

/// The sentence that Lambda logs.
impl fmt::Display for ProcessExit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(0) => out.write_str("Runtime exited without providing a reason"),
            Self::Status(status) => write!(out, "Runtime exited with error: exit status {}", status & 0xff),
            Self::OutOfMemory { limit_of_simulation } => {
                out.write_str("Runtime exited with error: signal: killed")?;
                match limit_of_simulation {
                    Some(limit) => {
                        write!(out, " (its values took {limit} MB of real memory, which is all the simulation gives)")
                    }
                    None => Ok(()),
                }
            }
            // Node's status for an uncaught error is 1; the runtime client exits with 128.
            Self::Uncaught(_) => out.write_str("Runtime exited with error: exit status 128"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_has_lambdas_sentence() {
        let uncaught = Failure { name: "TypeError".into(), message: "no".into(), code: None };
        for (exit, sentence) in [
            (ProcessExit::Status(0), "Runtime exited without providing a reason"),
            (ProcessExit::Status(-1), "Runtime exited with error: exit status 255"),
            (ProcessExit::OutOfMemory { limit_of_simulation: None }, "Runtime exited with error: signal: killed"),
            (ProcessExit::Uncaught(uncaught), "Runtime exited with error: exit status 128"),
        ] {
            assert_eq!(exit.to_string(), sentence);
        }
    }
}
