//! Unit tests of queries: transactions, waits, and bounds on work. The answers themselves are held to recordings, in
//! `tests/postgres`.

use super::*;
use crate::{BackendPid, SessionDefaults};
use base::time::Duration;

struct Fixture {
    database: MockDatabase,
    sessions: Vec<SqlSession>,
    now: Instant,
}

impl Fixture {
    fn new(sessions: u32) -> Self {
        let session = |pid| SqlSession::new(BackendPid(pid), "app".into(), "demo".into(), SessionDefaults::default());
        Self { database: MockDatabase::new(), sessions: (1..=sessions).map(session).collect(), now: Instant::ZERO }
    }

    /// Executes a query for a session, 1 being the first.
    fn execute(&mut self, session: usize, sql: &str) -> Reply {
        let mut context = SessionContext { now: self.now, session: &mut self.sessions[session - 1] };
        self.database.execute(&mut context, SqlQuery { sql, parameters: &[] })
    }

    /// The value in the first row, an SQLSTATE, or "blocked".
    fn answer(&mut self, session: usize, sql: &str) -> String {
        match self.execute(session, sql).outcome {
            QueryOutcome::Results(results) => {
                let first = results.last().and_then(|result| result.rows.first()).and_then(|row| row.first());
                first.and_then(crate::SqlValue::text).unwrap_or_default().to_string()
            }
            QueryOutcome::Error(error) => error.sqlstate.code().to_owned(),
            QueryOutcome::Blocked { .. } => "blocked".to_owned(),
        }
    }
}

#[test]
fn rollback_restores_rows_and_parameters() {
    let mut fixture = Fixture::new(1);
    fixture.answer(1, "create table t (a int); insert into t values (1); set my.x = 'before'");
    fixture.answer(1, "begin; update t set a = 2; set my.x = 'inside'; set local my.y = 'local'");
    assert_eq!(fixture.answer(1, "select current_setting('my.x') || a from t"), "inside2");
    fixture.answer(1, "rollback");
    assert_eq!(fixture.answer(1, "select current_setting('my.x') || a from t"), "before1");
}

#[test]
fn set_local_ends_with_the_transaction() {
    let mut fixture = Fixture::new(1);
    fixture.answer(1, "set my.x = 'session'; begin; set local my.x = 'local'; commit");
    assert_eq!(fixture.answer(1, "show my.x"), "session");
}

#[test]
fn a_failed_transaction_rejects_all_statements_until_its_end() {
    let mut fixture = Fixture::new(1);
    assert_eq!(
        ["begin", "select 1/0", "select 1", "commit", "select 1"].map(|sql| fixture.answer(1, sql)),
        ["", "22012", "25P02", "", "1"]
    );
}

#[test]
fn a_blocked_query_goes_on_at_the_statement_that_was_blocked() {
    let mut fixture = Fixture::new(2);
    fixture.answer(1, "select pg_advisory_lock(1)");
    let sql = "select pg_advisory_lock(2); select pg_advisory_lock(1); select 'both'";
    assert_eq!(fixture.answer(2, sql), "blocked");
    fixture.answer(1, "select pg_advisory_unlock(1)");
    assert_eq!(fixture.answer(2, sql), "both");
    let unlock_twice = "select pg_advisory_unlock(2); select pg_advisory_unlock(2)";
    assert_eq!(fixture.answer(2, unlock_twice), "f", "the first statement was executed only once");
}

#[test]
fn a_deadlock_fails_one_of_its_sessions_after_a_second() {
    let mut fixture = Fixture::new(2);
    fixture.answer(1, "create table t (a int primary key); insert into t values (1), (2)");
    fixture.answer(1, "begin; update t set a = 11 where a = 1");
    fixture.answer(2, "begin; update t set a = 12 where a = 2");
    assert_eq!(fixture.answer(1, "update t set a = 22 where a = 2"), "blocked");
    fixture.now += Duration::from_millis(10);
    assert_eq!(fixture.answer(2, "update t set a = 21 where a = 1"), "blocked");
    let reply = fixture.execute(1, "update t set a = 22 where a = 2");
    assert_eq!(reply.sleep, Duration::from_millis(990), "the first session has waited for 10 ms already");
    assert!(matches!(reply.outcome, QueryOutcome::Error(error) if error.sqlstate == SqlState::DEADLOCK_DETECTED));
    assert_eq!(fixture.answer(2, "update t set a = 21 where a = 1"), "");
}

#[test]
fn the_end_of_a_session_frees_what_it_holds() {
    let mut fixture = Fixture::new(2);
    fixture.answer(1, "create table t (a int)");
    fixture.answer(1, "create temp table u (a int); select pg_advisory_lock(1); begin; drop table t");
    assert_eq!(fixture.answer(2, "select count(*) from t"), "blocked");
    let session = fixture.sessions.remove(0);
    fixture.database.session_ended(session);
    assert_eq!(fixture.answer(1, "select count(*) from t"), "0");
    assert_eq!(fixture.answer(1, "select pg_try_advisory_lock(1)"), "t");
}

#[test]
fn positions_are_counted_in_characters() {
    let mut fixture = Fixture::new(1);
    let QueryOutcome::Error(error) = fixture.execute(1, "select 'äöü', nix").outcome else { panic!("nix exists") };
    assert_eq!(error.position, Some(15));
}

#[test]
fn the_largest_negative_number_can_be_divided_by_minus_one() {
    let mut fixture = Fixture::new(1);
    let largest = "170141183460469231731687303715884105727";
    assert_eq!(fixture.answer(1, &format!("select (-{largest} - 1) / -1")), "22003");
    assert_eq!(fixture.answer(1, &format!("select -{largest} / -1")), largest);
}

#[test]
fn nested_coalesce_is_analyzed_once() {
    let mut fixture = Fixture::new(1);
    let sql = format!("select {}1{}", "coalesce(null, ".repeat(90), ")".repeat(90));
    assert_eq!(fixture.answer(1, &sql), "1");
}

#[test]
fn many_unique_keys_cost_steps() {
    let mut fixture = Fixture::new(1);
    fixture.answer(1, "create table t (a int primary key)");
    let rows = |keys: core::ops::Range<u32>| keys.map(|key| format!("({key})")).collect::<Vec<_>>().join(",");
    assert_eq!(fixture.answer(1, &format!("insert into t values {}", rows(0..1_000))), "");
    assert_eq!(fixture.answer(1, &format!("insert into t values {}", rows(1_000..9_000))), "54000");
}
