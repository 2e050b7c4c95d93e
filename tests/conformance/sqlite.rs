//! The mock database beside SQLite, for statements that both know: the rows, the counts, and what other sessions see.

use std::collections::BTreeMap;

use base::time::{Duration, Instant};
use postgres::{
    BackendPid, Database, MockDatabase, NodeValue, QueryOutcome, Reply, SessionContext, SessionDefaults, SqlQuery,
    SqlSession, SqlType,
};
use proptest::prelude::*;
use simulation::lambda::package::Package;
use simulation::settings::Settings;
use simulation::world::World;

use super::sqlite_database::SqliteDatabase;
use crate::random::cases;
use crate::running;

/// A database and its sessions.
struct Sessions<D> {
    database: D,
    connected: BTreeMap<u32, SqlSession>,
}

impl<D: Database> Sessions<D> {
    fn new(database: D) -> Self {
        Self { database, connected: BTreeMap::new() }
    }

    fn execute(&mut self, number: u32, sql: &str) -> Reply {
        let open = || SqlSession::new(BackendPid(number), "app".into(), "demo".into(), SessionDefaults::default());
        let session = self.connected.entry(number).or_insert_with(open);
        let mut context = SessionContext { now: Instant::ZERO, session };
        self.database.execute(&mut context, SqlQuery { sql, parameters: &[] })
    }

    fn end(&mut self, number: u32) {
        if let Some(session) = self.connected.remove(&number) {
            self.database.session_ended(session);
        }
    }
}

/// A reply as a text that is the same for both databases: SQLite has no booleans, and integers of any width for counts and
/// sums. The error is a word, because the databases have different messages.
fn normal(reply: &Reply) -> Result<String, &'static str> {
    match &reply.outcome {
        QueryOutcome::Blocked { .. } => Err("blocked"),
        QueryOutcome::Error(_) => Err("error"),
        QueryOutcome::Results(results) => {
            let result = &results[0];
            let mut text = format!("{} {:?}", result.command, result.row_count);
            for row in &result.rows {
                text += "\n";
                for (value, column) in row.iter().zip(&result.columns) {
                    text += &match value.for_node(column.data_type) {
                        NodeValue::Null => "null".to_owned(),
                        NodeValue::Bool(value) => u8::from(value).to_string(),
                        NodeValue::Number(value) | NodeValue::Date(value) => value.to_string(),
                        NodeValue::Text(value) if matches!(column.data_type, SqlType::Text | SqlType::Void) => {
                            format!("'{value}'")
                        }
                        NodeValue::Text(value) => value.to_string(),
                    };
                    text += " ";
                }
            }
            Ok(text)
        }
    }
}

/// Runs statements on both databases, each in the session with the number before it, and compares the replies. The
/// statement `end` ends the session.
fn check(statements: &[(u32, String)]) -> Result<(), TestCaseError> {
    let (mut mock, mut sqlite) = (Sessions::new(MockDatabase::new()), Sessions::new(SqliteDatabase::new()));
    for (number, sql) in statements {
        if sql == "end" {
            mock.end(*number);
            sqlite.end(*number);
            continue;
        }
        let (ours, theirs) = (mock.execute(*number, sql), sqlite.execute(*number, sql));
        prop_assert_eq!(normal(&ours), normal(&theirs), "{}: {}\nmock {:?}\nSQLite {:?}", number, sql, ours, theirs);
        prop_assert_eq!(ours.sleep, theirs.sleep);
    }
    Ok(())
}

#[test]
fn both_databases_answer_what_handlers_ask() {
    let statements = [
        "select 1 as one",
        "select 'a' as a, 2 as b, null as c",
        "select pg_sleep(0.25)",
        "select pg_backend_pid() = pg_backend_pid()",
        "create table t (id integer primary key, name text not null, n int default 7)",
        "insert into t (id, name) values (1, 'a'), (2, 'b')",
        "insert into t (id, name) values (1, 'again')",
        "insert into t (id) values (3)",
        "insert into t (id, name, n) values (3, 'c', null) returning id, n",
        "select * from t order by id",
        "update t set n = n + 1 where id < 3",
        "select name, n from t where n is not null order by id desc limit 1",
        "select count(*), sum(n), min(name), max(n), count(n) from t",
        "delete from t where n = 8",
        "begin",
        "insert into t values (9, 'z', 9)",
        "select count(*) from t",
        "rollback",
        "select count(*) from t",
        "create temp table x (a int)",
        "insert into x values (1)",
        "select a from x",
        "end",
        "select a from x",
        "select nosuch from t",
        "selec 1",
        "drop table t",
        "select * from t",
    ];
    let statements: Vec<(u32, String)> = statements.iter().map(|sql| (1, (*sql).to_owned())).collect();
    check(&statements).unwrap();
}

/// The events of a run of the post's handlers over a database.
fn events<D: Database>(database: D) -> Vec<String> {
    let mut world = World::with_database(Settings::default(), Package::post(), database);
    for handler in ["check", "check", "proper", "proper", "check", "proper"] {
        let name = if handler == "check" { "checkDatabaseConnection" } else { "checkDatabaseConnectionProper" };
        let applied = world.apply(running::invoke(name)).expect("an invocation can always be asked for");
        running::finish(&mut world, applied.invocation.expect("an invocation has a number"));
    }
    world.advance_to(world.now() + Duration::from_secs(60));
    world.take_events().iter().map(|event| format!("{event:?}")).collect()
}

#[test]
fn the_posts_handlers_give_the_same_events_over_sqlite() {
    let (ours, theirs) = (events(MockDatabase::new()), events(SqliteDatabase::new()));
    assert!(ours.len() > 100);
    assert_eq!(ours, theirs);
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![(0..20_i32).prop_map(|value| value.to_string()), Just("null".to_owned())]
}

/// An arithmetic expression of literals, and of columns where there is a table.
fn arithmetic(columns: bool) -> impl Strategy<Value = String> {
    let leaf =
        if columns { prop_oneof![number(), Just("a".into()), Just("b".into())].boxed() } else { number().boxed() };
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["+", "-", "*"]), inner.clone())
                .prop_map(|(left, operator, right)| format!("({left} {operator} {right})")),
            inner.clone().prop_map(|part| format!("abs(cast({part} as int))")),
            (inner.clone(), inner).prop_map(|(left, right)| format!("coalesce({left}, {right}, 0)")),
        ]
    })
    .prop_map(|text| text.replace("(null + null)", "(null + 1)").replace("(null - null)", "(1 - null)"))
    .prop_map(|text| {
        text.replace("(null * null)", "(2 * null)").replace("coalesce(null, null, 0)", "coalesce(null, 0)")
    })
}

fn condition(columns: bool) -> impl Strategy<Value = String> {
    let compare =
        (arithmetic(columns), prop::sample::select(vec!["=", "<>", "<", ">", "<=", ">="]), arithmetic(columns))
            .prop_map(|(left, operator, right)| format!("cast({left} as int) {operator} {right}"));
    let is_null = (arithmetic(columns), any::<bool>())
        .prop_map(|(part, not)| format!("{part} is {}null", if not { "not " } else { "" }));
    let among = (arithmetic(columns), number(), number())
        .prop_map(|(part, one, two)| format!("cast({part} as int) in ({one}, {two})"));
    let between = (arithmetic(columns), 0..9_u32, 0..19_u32)
        .prop_map(|(part, low, high)| format!("cast({part} as int) between {low} and {high}"));
    prop_oneof![compare, is_null, among, between].prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) and ({right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) or ({right})")),
            inner.prop_map(|part| format!("not ({part})")),
        ]
    })
}

/// A statement on the table `t`. It has an ORDER BY wherever there may be more than one row.
fn statement() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (arithmetic(true), condition(true))
            .prop_map(|(part, filter)| format!("select id, cast({part} as int) from t where {filter} order by id")),
        2 => (condition(true), 0..4_u32, 0..3_u32)
            .prop_map(|(filter, limit, offset)|
                format!("select id, a, b, s from t where {filter} order by b desc nulls last, id limit {limit} offset {offset}")),
        2 => condition(true).prop_map(|filter|
            format!("select count(*), count(a), sum(a), min(b), max(b), max(s), count(*) + 1 from t where {filter}")),
        4 => (0..30_u32, number(), number(), "[a-c]{0,3}")
            .prop_map(|(id, a, b, s)| format!("insert into t (id, a, b, s) values ({id}, {a}, {b}, '{s}') returning a, id")),
        2 => (number(), condition(true))
            .prop_map(|(value, filter)| format!("update t set a = {value}, s = s || 'x' where {filter}")),
        1 => condition(true).prop_map(|filter| format!("delete from t where {filter}")),
        1 => "[a-c%_]{0,4}".prop_map(|pattern| format!("select id from t where s like '{pattern}' order by id")),
        1 => Just("begin".to_owned()),
        1 => Just("commit".to_owned()),
        1 => Just("rollback".to_owned()),
        1 => (arithmetic(false), condition(false)).prop_map(|(part, filter)| format!("select cast({part} as int), {filter}")),
    ]
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn both_databases_answer_random_statements_alike(generated in prop::collection::vec(statement(), 1..30)) {
        let mut statements = vec![
            (1, "create table t (id int primary key not null, a int, b int, s text)".to_owned()),
            (1, "insert into t values (100, 1, 2, 'abc'), (101, null, 3, 'b'), (102, 4, null, '')".to_owned()),
        ];
        let mut open = false;
        for sql in generated {
            // A transaction of SQLite goes on after an error, and SQLite refuses a BEGIN or COMMIT for which PostgreSQL only
            // gives a warning.
            match &*sql {
                "begin" if open => continue,
                "commit" | "rollback" if !open => continue,
                "begin" => open = true,
                "commit" | "rollback" => open = false,
                _ if open && sql.starts_with("insert") => continue,
                _ => {}
            }
            statements.push((1, sql));
        }
        check(&statements)?;
    }
}
