//! The parts of the machine that a text beside it can point at.

/// A part of the machine. Its element has [`Part::name`] as its `data-t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The module scope of an environment, with the connection pools.
    Pool,
    /// An execution environment.
    Environment,
    /// A frozen environment, and the buttons that freeze one.
    Frozen,
    /// The files under `/tmp`.
    Tmp,
    /// The event loop: timers and answers that are due.
    Loop,
    /// The sessions of the PostgreSQL server.
    Backend,
}

impl Part {
    const ALL: [Self; 6] = [Self::Pool, Self::Environment, Self::Frozen, Self::Tmp, Self::Loop, Self::Backend];

    /// The name that the page uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Environment => "environment",
            Self::Frozen => "frozen",
            Self::Tmp => "tmp",
            Self::Loop => "loop",
            Self::Backend => "backend",
        }
    }

    /// The part of this name. A thaw is shown where a freeze is.
    pub fn named(name: &str) -> Option<Self> {
        let name = if name == "thaw" { "frozen" } else { name };
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}
