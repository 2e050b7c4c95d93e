//! The mock database against SQLite, where both know the statements: rows, counts, and what other sessions see.

#[path = "sqlite/database.rs"]
mod database;
mod random;

use std::collections::BTreeMap;

use base::time::{Duration, Instant};
use database::SqliteDatabase;
use postgres::{
    BackendPid, Database, MockDatabase, NodeValue, QueryOutcome, Reply, SessionContext, SessionDefaults, SqlQuery,
    SqlSession, SqlType,
};
use proptest::prelude::*;
use random::cases;
use simulation::lambda::package::Package;
use simulation::settings::Settings;
use simulation::world::{Action, Call, Goal, World};

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

/// What both say in the same way: SQLite has no booleans, and its counts and sums are integers of any width.
fn told(reply: &Reply) -> Result<String, &'static str> {
    match &reply.outcome {
        QueryOutcome::Blocked { .. } => Err("blocked"),
        QueryOutcome::Error(_) => Err("error"),
        QueryOutcome::Results(results) => {
            let result = &results[0];
            let mut told = format!("{} {:?}", result.command, result.row_count);
            for row in &result.rows {
                told += "\n";
                for (value, column) in row.iter().zip(&result.columns) {
                    told += &match value.for_node(column.data_type) {
                        NodeValue::Null => "null".to_owned(),
                        NodeValue::Bool(value) => u8::from(value).to_string(),
                        NodeValue::Number(value) => value.to_string(),
                        NodeValue::Text(value) if matches!(column.data_type, SqlType::Text | SqlType::Void) => {
                            format!("'{value}'")
                        }
                        NodeValue::Text(value) => value.to_string(),
                        NodeValue::Date(value) => value.to_string(),
                    };
                    told += " ";
                }
            }
            Ok(told)
        }
    }
}

/// Runs statements, each in the session whose number is before it, on both.
fn check(statements: &[(u32, String)]) -> Result<(), TestCaseError> {
    let (mut mock, mut sqlite) = (Sessions::new(MockDatabase::new()), Sessions::new(SqliteDatabase::new()));
    for (number, sql) in statements {
        if sql == "end" {
            mock.end(*number);
            sqlite.end(*number);
            continue;
        }
        let (ours, theirs) = (mock.execute(*number, sql), sqlite.execute(*number, sql));
        prop_assert_eq!(told(&ours), told(&theirs), "{}: {}\nmock {:?}\nSQLite {:?}", number, sql, ours, theirs);
        prop_assert_eq!(ours.sleep, theirs.sleep);
    }
    Ok(())
}

#[test]
fn what_handlers_ask_is_answered_alike() {
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

/// What the post's handlers come to, over one database or the other.
fn outcomes<D: Database>(database: D) -> Vec<String> {
    let mut world = World::with_database(Settings::default(), Package::post(), database);
    for handler in ["check", "check", "proper", "proper", "check", "proper"] {
        let name = if handler == "check" { "checkDatabaseConnection" } else { "checkDatabaseConnectionProper" };
        let action = Action::Invoke(Call::new(name));
        let applied = world.apply(action).expect("an invocation can always be asked for");
        let invocation = applied.invocation.expect("and has a number");
        while world.step(Goal::Ended(invocation)) {}
    }
    world.advance_to(world.now() + Duration::from_secs(60));
    world.take_events().iter().map(|event| format!("{event:?}")).collect()
}

#[test]
fn the_post_is_the_same_story_over_sqlite() {
    let (ours, theirs) = (outcomes(MockDatabase::new()), outcomes(SqliteDatabase::new()));
    assert!(ours.len() > 100);
    assert_eq!(ours, theirs);
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![(0..20_i32).prop_map(|value| value.to_string()), Just("null".to_owned())]
}

/// A number from literals, columns and arithmetic; of columns where a table is there.
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

/// Statements on one table, in one session; ORDER BY wherever there may be more than one row.
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
    fn generated_statements_are_answered_alike(generated in prop::collection::vec(statement(), 1..30)) {
        let mut statements = vec![
            (1, "create table t (id int primary key not null, a int, b int, s text)".to_owned()),
            (1, "insert into t values (100, 1, 2, 'abc'), (101, null, 3, 'b'), (102, 4, null, '')".to_owned()),
        ];
        let mut open = false;
        for sql in generated {
            // SQLite's transactions go on after an error, and refuse what PostgreSQL only warns of.
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
