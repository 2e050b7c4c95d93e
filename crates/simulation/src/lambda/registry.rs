//! The registry of a Lambda function's process: the language with the layers that Node, Knex and the runtime are.

use std::rc::Rc;

use super::process;
use crate::{knex, node};
use javascript::Registry;

thread_local! {
    // Made from constants and never changed: all processes and modules share it.
    static REGISTRY: Rc<Registry> =
        Registry::new(&[&node::exports::LAYER, &knex::exports::LAYER, &process::LAYER]);
}

/// The registry that all modules are compiled for, and all processes run with.
pub fn registry() -> Rc<Registry> {
    REGISTRY.with(Rc::clone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use javascript::{Diagnostic, FileId, Module, SourceFile};

    fn parse(text: &str) -> Result<(), Diagnostic> {
        Module::compile(SourceFile::new(FileId(0), "a.js", text), &registry()).map(drop)
    }

    #[track_caller]
    fn refused(source: &str) -> Diagnostic {
        parse(source).expect_err(source)
    }

    #[test]
    fn every_refused_global_is_refused_unless_the_program_declares_it() {
        for layer in [&node::exports::LAYER, &knex::exports::LAYER, &process::LAYER] {
            for (name, advice) in layer.refused_globals {
                let diagnostic = refused(&format!("const f = () => {name}"));
                assert_eq!(*diagnostic.found, format!("`{name}`"));
                assert_eq!(diagnostic.advice.as_deref(), Some(*advice).filter(|advice| !advice.is_empty()));
                assert!(refused(&format!("new {name}()")).message.contains(name), "{name}");
                // `__dirname` and `__filename` are given to every module, which cannot declare them.
                if !name.starts_with("__") {
                    assert!(parse(&format!("const {name} = 1\nconst f = () => {name}")).is_ok(), "{name}");
                }
            }
        }
    }

    #[test]
    fn every_refused_member_has_its_advice() {
        for layer in [&node::exports::LAYER, &knex::exports::LAYER, &process::LAYER] {
            for (name, advice) in layer.refused_members {
                let (object, member) = name.rsplit_once('.').unwrap();
                let diagnostic = match object {
                    "console" | "process" => refused(&format!("{name}()")),
                    module => refused(&format!("require('{module}').{member}()")),
                };
                assert_eq!(diagnostic.advice.as_deref(), Some(*advice), "{name}");
            }
        }
    }

    #[test]
    fn the_refusal_of_a_module_lists_those_that_there_are() {
        assert_eq!(
            refused("require('os')").advice.as_deref(),
            Some("`fs`, `fs/promises`, `path`, `util`, `knex`, or a file of the package")
        );
        for module in ["fs/x", "node:path/posix", "util/types", "timers/promises", "pg", "node:tarn", "stream/web"] {
            assert_eq!(
                refused(&format!("require('{module}')")).message,
                format!("the module `{module}` is not part of the JavaScript that runs here").into(),
                "{module}"
            );
        }
        for module in ["fs", "node:fs/promises", "path", "knex", "knex/types", "left-pad", "streams"] {
            assert!(parse(&format!("require('{module}')")).is_ok(), "{module}");
        }
    }

    #[test]
    fn a_missing_member_of_a_module_is_refused_where_it_is_written() {
        let not_here = " is not part of the JavaScript that runs here";
        for (source, found, name) in [
            ("const fs = require('fs')\nfs.watch('/tmp')", "watch", "`watch` of fs"),
            ("const { rmSync } = require('node:fs')", "rmSync", "`rmSync` of fs"),
            (
                "const { promises: { rm } } = require('fs'); const { rm: x } = require('fs').promises",
                "x",
                "`rm` of fs/promises",
            ),
            ("require('fs').promises.rm('/tmp/a')", "rm", "`rm` of fs/promises"),
            ("const { promises } = require('fs')\nconst f = () => promises.rm('/tmp/a')", "rm", "`rm` of fs/promises"),
            ("const path = require('path'); path.relative('a', 'b')", "relative", "`relative` of path"),
            ("const util = require('util'); util.inspect({})", "inspect", "`inspect` of util"),
            ("const knex = require('knex')({})\nknex('users')", "knex", "the query builder of Knex"),
            (
                "const make = require('knex'); const f = () => { const own = make({}); own.from('a') }",
                "from",
                "`from` of knex()",
            ),
            ("const { knex } = require('knex'); const db = knex({}); db.schema", "schema", "`schema` of knex()"),
            ("require('node:crypto').randomUUID()", "'node:crypto'", "the module `node:crypto`"),
            (
                "const { setTimeout: wait } = require('timers/promises')",
                "'timers/promises'",
                "the module `timers/promises`",
            ),
            ("require('pg')", "'pg'", "the module `pg`"),
        ] {
            let diagnostic = refused(source);
            assert_eq!((&*diagnostic.found, &*diagnostic.message), (found, &*format!("{name}{not_here}")), "{source}");
        }
        for source in [
            "const fs = require('fs'); const f = (fs) => fs.watch('/tmp'); fs.readFileSync('/tmp/a')",
            "const f = () => { const fs = require('fs'); fs.statSync('/tmp') }\nconst fs = { watch() {} }\nfs.watch()",
            "const { knex } = require('knex'); const db = knex({}); db.raw('select 1'); db.client.pool.numUsed()",
            "const other = require('./other'); other.watch(); require('left-pad')('x')",
            "const p = require('fs/promises'); p.readFile('/tmp/a', 'utf8').then(require('path').sep)",
        ] {
            assert!(parse(source).is_ok(), "{source}");
        }
    }
}
