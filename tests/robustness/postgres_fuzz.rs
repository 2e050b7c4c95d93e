//! The mock database under any input: it answers, it does not panic, its work and memory are bounded, and a session that has
//! ended leaves no locks and no temporary tables.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::random::cases;
use base::time::{Duration, Instant};
use postgres::limits;
use postgres::{
    BackendPid, Database, MockDatabase, QueryOutcome, Reply, SessionContext, SessionDefaults, SqlQuery, SqlSession,
};
use proptest::prelude::*;

/// A database and its sessions, by their numbers.
struct Sessions {
    database: MockDatabase,
    connected: BTreeMap<u32, SqlSession>,
    now: Instant,
}

impl Sessions {
    fn new() -> Self {
        Self { database: MockDatabase::new(), connected: BTreeMap::new(), now: Instant::ZERO }
    }

    /// Executes a statement in a session, which is opened where there is none, and checks the form of the reply.
    fn ask(&mut self, number: u32, sql: &str, parameters: &[Option<Rc<str>>]) -> Reply {
        let open = || SqlSession::new(BackendPid(number), "app".into(), "demo".into(), SessionDefaults::default());
        let session = self.connected.entry(number).or_insert_with(open);
        let mut context = SessionContext { now: self.now, session };
        let reply = self.database.execute(&mut context, SqlQuery { sql, parameters });
        for result in if let QueryOutcome::Results(results) = &reply.outcome { &results[..] } else { &[] } {
            for row in &result.rows {
                assert_eq!(row.len(), result.columns.len());
                for (value, column) in row.iter().zip(&result.columns) {
                    let _ = value.for_node(column.data_type);
                }
            }
        }
        if let QueryOutcome::Error(error) = &reply.outcome {
            assert_eq!(error.sqlstate.code().len(), 5, "{error}");
            let characters = sql.chars().count() as u32;
            assert!(error.position.is_none_or(|at| at >= 1 && at <= characters + 1), "{sql:?}: {error:?}");
        }
        self.now += Duration::from_millis(1);
        reply
    }

    /// Executes a statement in session 1.
    fn say(&mut self, sql: &str) -> Reply {
        self.ask(1, sql, &[])
    }

    fn end(&mut self, number: u32) {
        if let Some(session) = self.connected.remove(&number) {
            self.database.session_ended(session);
        }
    }
}

/// The SQLSTATE of a reply, `blocked`, or nothing where it succeeded.
fn code(reply: &Reply) -> &str {
    match &reply.outcome {
        QueryOutcome::Error(error) => error.sqlstate.code(),
        QueryOutcome::Blocked { .. } => "blocked",
        QueryOutcome::Results(_) => "",
    }
}

/// Pieces of statements: every word of the grammar, and words that are near it.
const TOKENS: &str = "select insert into update delete from where set values returning default order by asc desc nulls \
    first last limit offset all create temp table if not exists drop primary key unique null serial int bigint text \
    varchar numeric float8 boolean timestamptz begin commit rollback start transaction isolation level read write \
    committed set local session reset show discard temp deallocate to time zone search_path my.var statement_timeout \
    and or not is distinct unknown true false in like ilike between cast as t u id a b c public pg_temp count sum avg min \
    max coalesce nullif abs lower upper length pg_sleep now version pg_backend_pid current_user current_setting set_config \
    pg_advisory_lock pg_try_advisory_lock pg_advisory_unlock pg_advisory_xact_lock pg_advisory_unlock_all with join group \
    case union ( ) ( ) , , ; . * * + - / % = <> < > <= >= || :: ~ ^ [ ] $1 $2 0 1 -1 2147483647 9223372036854775807 \
    99999999999999999999 1.5 0.001 1e30 'a' '1' '' 'x%_\\' '2026-05-25' 'true' e'\\n' $$x$$ \"A\" \"\" -- /* */ 'ä ü\" é";

/// Tokens in any order.
fn soup() -> impl Strategy<Value = String> {
    let tokens: Vec<&str> = TOKENS.split_ascii_whitespace().collect();
    prop::collection::vec(prop::sample::select(tokens), 0..40).prop_map(|tokens| tokens.join(" "))
}

/// Statements that mostly succeed, so that those after them meet tables, locks and transactions.
const SETTING: [&str; 16] = [
    "create table t (id serial primary key, a int, b text, c numeric(6,2) unique)",
    "create temp table u (id bigint, a varchar(3))",
    "insert into t (a, b) values (1, 'x'), (2, null)",
    "insert into u values (1, 'abc')",
    "update t set a = a + 1",
    "delete from t where a > 2",
    "begin",
    "commit",
    "rollback",
    "select pg_advisory_lock(1)",
    "select pg_advisory_xact_lock(2)",
    "select pg_advisory_unlock_all()",
    "set my.var = 'x'",
    "set local statement_timeout = 5",
    "drop table t",
    "discard all",
];

fn statement() -> impl Strategy<Value = String> {
    prop_oneof![2 => prop::sample::select(&SETTING[..]).prop_map(str::to_owned), 1 => soup(), 1 => ".{0,60}"]
}

fn parameter() -> impl Strategy<Value = Option<Rc<str>>> {
    prop::option::of(".{0,6}".prop_map(|text| Rc::from(&*text)))
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn any_text_is_answered(sql in any::<String>(), parameters in prop::collection::vec(parameter(), 0..3)) {
        Sessions::new().ask(1, &sql, &parameters);
    }

    #[test]
    fn any_tokens_are_answered(sql in soup(), parameters in prop::collection::vec(parameter(), 0..3)) {
        let mut at = Sessions::new();
        for setting in &SETTING[..4] {
            at.say(setting);
        }
        at.ask(1, &sql, &parameters);
    }

    /// Several sessions run statements, and some end in the middle. Afterwards no lock is held and no statement waits.
    #[test]
    fn sessions_leave_nothing_behind(steps in prop::collection::vec((1..4_u32, statement(), 0..12_u8), 0..40)) {
        let mut at = Sessions::new();
        let mut waiting: BTreeMap<u32, String> = BTreeMap::new();
        for (number, sql, choice) in steps {
            if choice == 0 {
                waiting.remove(&number);
                at.end(number);
            } else if choice == 1 && waiting.remove(&number).is_some() {
                let session = at.connected.get_mut(&number).unwrap();
                at.database.cancel(session);
            } else if !waiting.contains_key(&number) && code(&at.ask(number, &sql, &[])) == "blocked" {
                waiting.insert(number, sql);
            }
            for (number, sql) in waiting.clone() {
                if code(&at.ask(number, &sql, &[])) != "blocked" {
                    waiting.remove(&number);
                }
            }
        }
        for number in 1..4 {
            at.end(number);
        }
        for sql in ["select pg_try_advisory_lock(1) and pg_try_advisory_lock(2) as free", "drop table if exists t"] {
            let reply = at.ask(9, sql, &[]);
            prop_assert_eq!(code(&reply), "");
            if let QueryOutcome::Results(results) = &reply.outcome && !results[0].rows.is_empty() {
                prop_assert_eq!(&results[0].rows[0][0], &postgres::SqlValue::Bool(true));
            }
        }
        let reply = at.ask(9, "select * from u", &[]);
        prop_assert_eq!(code(&reply), "42P01");
    }
}

#[test]
fn a_statement_past_a_limit_is_refused() {
    let mut at = Sessions::new();
    let long = format!("select '{}'", "x".repeat(limits::QUERY_BYTES));
    assert_eq!(code(&at.say(&long)), "54000");
    for deep in [
        format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000)),
        format!("select {}1", "- ".repeat(9_000)),
        format!("select {}1", "not ".repeat(9_000)),
        format!("select 1{}", " + 1".repeat(9_000)),
        format!("select 1{}", "::int".repeat(9_000)),
        format!("select {}1{}", "abs(".repeat(5_000), ")".repeat(5_000)),
        format!("select 1{}", " is null is not null".repeat(2_000).replace(" is not null", " = 1")),
    ] {
        let reply = at.say(&deep);
        assert!(matches!(code(&reply), "54001" | "42601"), "{reply:?}");
    }
    let wide = format!("select true{}", " and true".repeat(5_000));
    assert_eq!(code(&at.say(&wide)), "");
    assert_eq!(code(&at.say(&format!("select 1{}", ", 1".repeat(1_664)))), "54011");
    assert_eq!(code(&at.say(&format!("select {}", vec!["'x' || 'y'"; 1_000].join(" || ")))), "54001");
}

#[test]
fn tables_locks_and_parameters_have_limits() {
    let mut at = Sessions::new();
    at.say("create table t (a text)");
    at.say("insert into t values ('0123456789abcdef')");
    let mut last = String::new();
    for _ in 0..40 {
        last = code(&at.say("update t set a = a || a")).to_owned();
    }
    assert_eq!(last, "XX000");
    at.say("create table n (a int)");
    let rows = vec!["(1)"; 1_000].join(",");
    for _ in 0..20 {
        last = code(&at.say(&format!("insert into n values {rows}"))).to_owned();
    }
    assert_eq!(last, "53100");
    assert_eq!(code(&at.say("select count(*) from n where a + a + a + a + a = 5")), "");
    let slow = format!("select count(*) from n where {}", vec!["a + a = 3"; 2_000].join(" or "));
    assert_eq!(code(&at.say(&slow)), "54000");
    for key in 0..=limits::ADVISORY_LOCKS {
        last = code(&at.say(&format!("select pg_advisory_lock({key})"))).to_owned();
    }
    assert_eq!(last, "53200");
    for name in 0..=limits::PARAMETERS {
        last = code(&at.say(&format!("set my.v{name} = 'x'"))).to_owned();
    }
    assert_eq!(last, "53200");
    for name in 0..=limits::TABLES {
        last = code(&at.say(&format!("create temp table t{name} (a int)"))).to_owned();
    }
    assert_eq!(last, "53100");
    assert_eq!(code(&at.say("discard all")), "");
    assert_eq!(code(&at.say("select a like '%a%b%c%d%e%f%' from t")), "");
}

#[test]
fn a_clone_of_a_database_changes_independently() {
    let mut at = Sessions::new();
    at.say("create table t (a int)");
    at.say("insert into t values (1)");
    let mut copy = Sessions { database: at.database.clone(), connected: at.connected.clone(), now: at.now };
    copy.say("insert into t values (2)");
    at.say("delete from t");
    let count = |at: &mut Sessions| match at.say("select count(*) from t").outcome {
        QueryOutcome::Results(results) => format!("{:?}", results[0].rows[0][0]),
        other => format!("{other:?}"),
    };
    assert_eq!((count(&mut at), count(&mut copy)), ("Int(0)".into(), "Int(2)".into()));
}
