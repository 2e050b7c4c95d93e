//! Any texts as statements of one session: each has an answer. A zero byte ends a statement.
#![no_main]

use postgres::{BackendPid, Database, MockDatabase, SqlQuery, SqlSession, SessionContext, SessionDefaults};
use base::time::Instant;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut database = MockDatabase::new();
    let mut session = SqlSession::new(BackendPid(1), "app".into(), "demo".into(), SessionDefaults::default());
    for sql in text.split('\0') {
        let mut context = SessionContext { now: Instant::ZERO, session: &mut session };
        let _ = database.execute(&mut context, SqlQuery { sql, parameters: &[] });
    }
    database.session_ended(session);
});
