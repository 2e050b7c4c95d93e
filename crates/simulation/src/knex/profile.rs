//! What tells the recorded versions apart. Differences are data where they can be; where the control flow differs (native
//! promises or Bluebird, validation at once or later) a field says which one it is.
//!
//! Source of each field: the libraries' own code of the versions named, and the recordings in `tests/golden/`.

use crate::settings::KnexVersion;

/// One recorded version of Knex with its tarn and pg.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// Which.
    pub version: KnexVersion,
    /// Today's module has itself as `knex` and as `default`, for those who write `const { knex } = require('knex')`.
    pub names_itself: bool,
    /// Knex 0.17 uses Bluebird, whose callbacks run in one `setImmediate`; today's uses native promises.
    pub bluebird: bool,
    /// Today's Knex prints `Acquire connection error: …` for every failed acquire.
    pub prints_acquire_errors: bool,
    /// `error.name` of an acquire that timed out.
    pub timeout_name: &'static str,
    /// tarn 3 validates in promises, counting the connection as used meanwhile; tarn 1 does it at once.
    pub validates_later: bool,
    /// tarn 3 drops a connection that has been idle for exactly `idleTimeoutMillis`; tarn 1 only past it.
    pub reaps_at_limit: bool,
    /// tarn 3 forgets a create that timed out and destroys what it yields later; tarn 1 goes on waiting for it.
    pub forgets_late_creates: bool,
    /// tarn 3 refuses options that it does not know.
    pub refuses_unknown_options: bool,
    /// Before Knex 2, `acquireConnectionTimeout`'s default caps `pool.acquireTimeoutMillis`.
    pub caps_acquire_timeout: bool,
    /// pg 8.0 tells the end of a connection when it reads it; today's pg when the socket has closed, a turn later.
    pub ends_at_eof: bool,
    /// pg 8.0 never calls back from `end()` on a connection that has ended already; tarn's destroy timeout ends the wait.
    pub end_of_ended_hangs: bool,
}

/// May 2019.
pub static V0_17_0: Profile = Profile {
    version: KnexVersion::V0_17_0,
    names_itself: false,
    bluebird: true,
    prints_acquire_errors: false,
    timeout_name: "TimeoutError",
    validates_later: false,
    reaps_at_limit: false,
    forgets_late_creates: false,
    refuses_unknown_options: false,
    caps_acquire_timeout: true,
    ends_at_eof: true,
    end_of_ended_hangs: true,
};

/// Today.
pub static V3_3_0: Profile = Profile {
    version: KnexVersion::V3_3_0,
    names_itself: true,
    bluebird: false,
    prints_acquire_errors: true,
    timeout_name: "KnexTimeoutError",
    validates_later: true,
    reaps_at_limit: true,
    forgets_late_creates: true,
    refuses_unknown_options: true,
    caps_acquire_timeout: false,
    ends_at_eof: false,
    end_of_ended_hangs: false,
};

/// The profile of a version.
pub fn profile(version: KnexVersion) -> &'static Profile {
    match version {
        KnexVersion::V0_17_0 => &V0_17_0,
        KnexVersion::V3_3_0 => &V3_3_0,
    }
}

/// Microtask turns that pass inside the libraries between two of their steps, counted in their sources (Knex 3.3, tarn
/// 3.1). They matter where a handler's own microtasks run beside them.
pub mod ticks {
    /// From a call without a pool to the rejection.
    pub const NO_POOL: u8 = 4;
    /// From taking a free connection to the verdict that it is good.
    pub const VALID: u8 = 6;
    /// The same for one that has been lost.
    pub const INVALID: u8 = 5;
    /// From the granted acquire to the query.
    pub const ACQUIRED: u8 = 6;
    /// From the connection's readiness to its place among the free ones.
    pub const CREATED: u8 = 8;
    /// From there to the next look at the queue.
    pub const CREATE_SEEN: u8 = 4;
    /// From a failed connect to the end of its create.
    pub const CREATE_FAILED: u8 = 8;
    /// From there to the waiter that is told.
    pub const CREATE_FAILURE_SEEN: u8 = 6;
    /// From an acquire's rejection to Knex's catch.
    pub const ACQUIRE_REJECTED: u8 = 7;
    /// From there to the rejection of what the handler holds.
    pub const REJECT: u8 = 5;
    /// From an answer to the release of its connection.
    pub const RELEASE: u8 = 9;
    /// From the release to the promise that the handler holds.
    pub const SETTLE: u8 = 2;
    /// Between two stages of a pool's destruction.
    pub const STAGE: u8 = 4;
}
