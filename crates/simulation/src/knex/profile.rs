//! The differences between the recorded versions of Knex, each with its versions of tarn and pg.
//!
//! | field | 0.17.0, of May 2019 | 3.3.0, today's |
//! |---|---|---|
//! | [`Promises`] | Bluebird, whose callbacks run in one `setImmediate` | the language's own |
//! | [`Tarn`] | 1.1 | 3.1 |
//! | [`Pg`] | 8.0 | 8.23 |
//!
//! Source: the libraries' own code of these versions, and the recordings in `tests/golden/`. Code that differs between two
//! versions of Knex itself asks for [`Profile::version`].

use crate::settings::KnexVersion;

/// The promises that Knex's own code uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promises {
    /// Bluebird: all callbacks of settled promises run in one `setImmediate`.
    Bluebird,
    /// The language's own.
    Native,
}

/// The version of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tarn {
    /// tarn 1.1 validates a connection at once, drops one that was idle for longer than `idleTimeoutMillis`, and goes on
    /// waiting for a create that timed out.
    V1,
    /// tarn 3.1 validates in promises and counts the connection as used meanwhile, drops one that was idle for exactly
    /// `idleTimeoutMillis`, forgets a create that timed out and destroys what it yields later, and refuses options that it
    /// does not know.
    V3,
}

/// The version of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pg {
    /// pg 8.0 emits `end` when it reads the end of a connection. `end()` on a connection that has ended never calls back.
    V8_0,
    /// pg 8.23 emits `end` when the socket has closed, a turn of the loop later. `end()` always calls back.
    V8_23,
}

/// One recorded version of Knex with its libraries.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// The version of Knex.
    pub version: KnexVersion,
    /// Its promises.
    pub promises: Promises,
    /// Its pool.
    pub tarn: Tarn,
    /// Its driver.
    pub pg: Pg,
    /// The `name` of the error of an acquire that timed out.
    pub timeout_name: &'static str,
    /// The text that Knex prints before every error of an acquire; 0.17 prints nothing.
    pub acquire_error_prefix: Option<&'static str>,
}

/// Knex 0.17.0.
pub static V0_17_0: Profile = Profile {
    version: KnexVersion::V0_17_0,
    promises: Promises::Bluebird,
    tarn: Tarn::V1,
    pg: Pg::V8_0,
    timeout_name: "TimeoutError",
    acquire_error_prefix: None,
};

/// Knex 3.3.0.
pub static V3_3_0: Profile = Profile {
    version: KnexVersion::V3_3_0,
    promises: Promises::Native,
    tarn: Tarn::V3,
    pg: Pg::V8_23,
    timeout_name: "KnexTimeoutError",
    acquire_error_prefix: Some("Acquire connection error: "),
};

impl Profile {
    /// The profile of a version.
    pub fn of(version: KnexVersion) -> &'static Self {
        match version {
            KnexVersion::V0_17_0 => &V0_17_0,
            KnexVersion::V3_3_0 => &V3_3_0,
        }
    }

    /// True for Knex 0.17, whose behaviour of 2019 differs in many details.
    pub fn is_0_17(&self) -> bool {
        self.version == KnexVersion::V0_17_0
    }

    /// True if the module has itself as `knex` and as `default`, for `const { knex } = require('knex')`.
    pub fn names_itself(&self) -> bool {
        !self.is_0_17()
    }
}

/// Turns of the microtask queue that pass inside the libraries between two of their steps, counted in the sources of Knex
/// 3.3 and tarn 3.1. They decide the order between the libraries and microtasks of the handler's own.
pub mod ticks {
    /// From a query of a client without a pool to its rejection.
    pub const NO_POOL: u8 = 4;
    /// From taking a free connection to the verdict that it is good.
    pub const VALID: u8 = 6;
    /// From taking a free connection to the verdict that it has been lost.
    pub const INVALID: u8 = 5;
    /// From the granted acquire to the query.
    pub const ACQUIRED: u8 = 6;
    /// From the connection's readiness to its place among the free ones.
    pub const CREATED: u8 = 8;
    /// From a connection's place among the free ones to the next look at the acquires.
    pub const CREATE_SEEN: u8 = 4;
    /// From a failed connect to the end of its create.
    pub const CREATE_FAILED: u8 = 8;
    /// From the end of a failed create to the acquires that learn of it.
    pub const CREATE_FAILURE_SEEN: u8 = 6;
    /// From the rejection of an acquire to Knex's catch.
    pub const ACQUIRE_REJECTED: u8 = 7;
    /// From Knex's catch to the rejection of the handler's promise.
    pub const REJECT: u8 = 5;
    /// From an answer to the release of its connection.
    pub const RELEASE: u8 = 9;
    /// From the release to the settled promise of the handler's.
    pub const SETTLE: u8 = 2;
    /// Between two stages of a pool's destruction.
    pub const STAGE: u8 = 4;
}
