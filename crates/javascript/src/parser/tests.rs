use proptest::prelude::*;

use self::tokens::TOKENS;
use super::super::ast::{Expression, ExpressionKind, FunctionBody, Program, StatementKind};
use super::super::diagnostic::Diagnostic;
use super::super::source::SourceFile;
use super::super::subset::{ACCEPTED, REFUSED, REFUSED_GLOBALS};
use crate::layers::Layers;
use crate::source::FileId;

#[path = "../../../../tests/programs/tokens.rs"]
#[allow(unreachable_pub, reason = "the generator of programs shares the file")]
mod tokens;

fn file(text: &str) -> SourceFile {
    SourceFile::new(FileId(0), "a.js", text)
}

fn parse(source: &SourceFile) -> Result<Program, Diagnostic> {
    super::parse(source, &Layers::default())
}

/// Returns the beginning of a diagnostic, whose line may be long.
fn shown(diagnostic: &Diagnostic) -> String {
    diagnostic.to_string().chars().take(300).collect()
}

#[track_caller]
fn accepts(text: &str) {
    if let Err(diagnostic) = parse(&file(text)) {
        panic!("should parse:\n{}", shown(&diagnostic));
    }
}

#[track_caller]
fn refuses(text: &str, message: &str) {
    match parse(&file(text)) {
        Ok(_) => panic!("should be refused: {text}"),
        Err(diagnostic) => assert!(
            diagnostic.message.contains(message),
            "{:?} should be refused with {message:?}, not:\n{}",
            &text[..text.len().min(100)],
            shown(&diagnostic)
        ),
    }
}

fn expression(text: &str) -> Expression {
    let program = parse(&file(text)).unwrap_or_else(|diagnostic| panic!("{diagnostic}"));
    match program.body.into_iter().next().map(|statement| statement.kind) {
        Some(StatementKind::Expression(expression)) => expression,
        other => panic!("not an expression: {other:?}"),
    }
}

/// Returns an expression with parentheses around every operation.
fn grouped(text: &str) -> String {
    fn show(expression: &Expression, out: &mut String) {
        let mut all = |parts: &[(&str, Option<&Expression>)]| {
            out.push('(');
            for (text, part) in parts {
                out.push_str(text);
                if let Some(part) = part {
                    show(part, out);
                }
            }
            out.push(')');
        };
        match &expression.kind {
            ExpressionKind::Name(name) => out.push_str(name),
            ExpressionKind::Number(number) => out.push_str(&number.to_string()),
            ExpressionKind::Binary { operator, left, right } => {
                all(&[("", Some(left)), (&format!(" {operator:?} "), Some(right))]);
            }
            ExpressionKind::Logical { operator, left, right } => {
                all(&[("", Some(left)), (&format!(" {operator:?} "), Some(right))]);
            }
            ExpressionKind::Unary { operator, operand } => all(&[(&format!("{operator:?} "), Some(operand))]),
            ExpressionKind::Update { increment, prefix, target } => {
                let mark = if *increment { "++" } else { "--" };
                let (before, after) = if *prefix { (mark, "") } else { ("", mark) };
                all(&[(before, Some(target)), (after, None)]);
            }
            ExpressionKind::Conditional { test, then, otherwise } => {
                all(&[("", Some(test)), (" ? ", Some(then)), (" : ", Some(otherwise))]);
            }
            ExpressionKind::Member { object, name, optional, .. } => {
                all(&[("", Some(object)), (if *optional { "?." } else { "." }, None), (name, None)]);
            }
            ExpressionKind::Call { callee, .. } => all(&[("", Some(callee)), ("()", None)]),
            ExpressionKind::Chain(inner) => all(&[("chain ", Some(inner))]),
            other => out.extend([format!("{other:?}")]),
        }
    }
    let mut out = String::new();
    show(&expression(text), &mut out);
    out
}

#[test]
fn every_row_of_the_subset_is_accepted() {
    for row in ACCEPTED {
        accepts(row.example);
    }
    accepts(include_str!("../../../../assets/handlers/handlers.js"));
    accepts(include_str!("../../../../assets/handlers/knexfile.js"));
}

#[test]
fn every_refusal_names_its_construct() {
    for row in REFUSED {
        let diagnostic = parse(&file(row.example)).expect_err(row.example);
        assert_eq!(&*diagnostic.found, row.name, "{}\n{diagnostic}", row.example);
        assert!(diagnostic.to_string().contains("write instead: "), "{diagnostic}");
    }
    for (name, _) in REFUSED_GLOBALS {
        refuses(&format!("new {name}()"), name);
        if *name != "Date" {
            refuses(&format!("const f = () => {name}"), name);
        }
        if *name != "Date" {
            accepts(&format!("const {name} = 1\nconst f = () => {name}"));
        }
    }
}

#[test]
fn a_diagnostic_shows_line_column_caret_and_advice() {
    let diagnostic = parse(&file("const a = 1\n\tvar bé = 2")).expect_err("`var` is refused");
    assert_eq!(
        diagnostic.to_string(),
        "a.js:2:2: `var` is not part of the JavaScript that runs here\n  \tvar bé = 2\n  \t^^^\nwrite instead: `let` or `const`"
    );
    let diagnostic = parse(&file("const a = (1 + 2")).expect_err("a parenthesis is missing");
    assert_eq!(
        diagnostic.to_string(),
        "a.js:1:17: expected `)`, found the end of the file\n  const a = (1 + 2\n                  ^"
    );
    let diagnostic = parse(&file("f(`a\nb` `c`)")).expect_err("a tagged template");
    assert_eq!((diagnostic.line, diagnostic.column, diagnostic.width), (2, 4, 3));
}

#[test]
fn the_span_of_a_broken_escape_ends_at_a_character() {
    for (text, column, width) in [
        ("'\\xÉÉÉ'", 2, 4),
        ("'\\xaÉ'", 2, 4),
        ("'\\u😀😀😀😀'", 2, 6),
        ("`\\u{É`", 2, 4),
        ("'é\\x'", 3, 2),
        ("'\\9É'", 2, 2),
    ] {
        let diagnostic = parse(&file(text)).expect_err(text);
        assert_eq!((diagnostic.line, diagnostic.column, diagnostic.width), (1, column, width), "{text}");
    }
}

#[test]
fn operators_have_the_precedence_of_the_language() {
    for (text, expected) in [
        ("a + b * c - d", "((a Add (b Multiply c)) Subtract d)"),
        ("a ** b ** c", "(a Power (b Power c))"),
        ("a * b ** -c", "(a Multiply (b Power (Minus c)))"),
        ("(-a) ** b", "((Minus a) Power b)"),
        ("-a * b", "((Minus a) Multiply b)"),
        ("a < b === c > d", "((a Less b) StrictEqual (c Greater d))"),
        ("a && b || c && d", "((a And b) Or (c And d))"),
        ("a ?? (b || c)", "(a Nullish (b Or c))"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("!a + typeof b", "((Not a) Add (TypeOf b))"),
        ("a.b.c()", "(((a.b).c)())"),
        ("a?.b.c + d", "((chain ((a?.b).c)) Add d)"),
        ("(a?.b).c", "((chain (a?.b)).c)"),
        ("a++ + ++b", "((a++) Add (++b))"),
        ("a - -b - +c", "((a Subtract (Minus b)) Subtract (Plus c))"),
        ("a?.5:b", "(a ? 0.5 : b)"),
        ("a / b / c % d", "(((a Divide b) Divide c) Remainder d)"),
    ] {
        assert_eq!(grouped(text), expected, "{text}");
    }
}

#[test]
fn semicolons_are_inserted_as_in_the_language() {
    let count = |text: &str| parse(&file(text)).unwrap_or_else(|diagnostic| panic!("{diagnostic}")).body.len();
    assert_eq!(count("a\nb"), 2);
    assert_eq!(count("a\n(b)"), 1);
    assert_eq!(count("a\n[b]"), 1);
    assert_eq!(count("a\n+ b\n- c"), 1);
    assert_eq!(count("a\n/ b"), 1);
    assert_eq!(count("a\n.b\n?.c"), 1);
    assert_eq!(count("a\n++b"), 2);
    assert_eq!(count("a = () => {}\n(b)"), 2);
    assert_eq!(count("async\nfunction f() {}"), 2);
    assert_eq!(count("{ a } b"), 2);
    refuses("a b", "expected `;` or a new line, found `b`");
    refuses("a\n`b`", "a tagged template");
    refuses("if (a)", "expected an expression");
    refuses("const f = () => { throw\na }", "must begin on the line");
    refuses("const f = a\n=> b", "`=>` must stand on the line");
    refuses("const f = (a)\n=> b", "`=>` must stand on the line");
    refuses("for (let i = 0\ni < 1; i++) {}", "expected `;`");
    let returned = parse(&file("const f = () => { return\na }")).expect("a bare return, then a name");
    let StatementKind::Declaration(declaration) = &returned.body[0].kind else { panic!("a declaration") };
    let Some(ExpressionKind::Function(function)) = declaration.declarators[0].value.as_ref().map(|value| &value.kind)
    else {
        panic!("a function")
    };
    let FunctionBody::Block(body) = &function.body else { panic!("a block") };
    assert!(matches!(body[0].kind, StatementKind::Return(None)));
}

#[test]
fn valid_programs_are_accepted() {
    for text in [
        "",
        "#!/usr/bin/env node\n'use strict'\nf()",
        "return 1",
        "const async = 1, of = 2, get = 3, set = 4, from = 5, as = 6\nasync + of",
        "async (1)\nasync()",
        "const f = async (a = 1, [b, , c] = [], { d: { e = 2 } = {}, ...rest }, ...[g]) => a",
        "const f = async x => await x, g = async () => { await f(await 1) }",
        "const o = { async, get, set, async() {}, get() {}, set() {}, async async() {}, 'a b': 1, 2: 3, if: 4, async get() {} }",
        "const o = { 'a'() {}, 1() {}, ['a' + 1]: 2, async ['b']() {} }",
        "const { if: a, 'b c': b, 1: c, ['d' + 1]: d = 4 } = o",
        "let a\n;[a = 1, [b.c]] = [];\n({ a, b: c.d = 2, e: [f] = [], ...g.h } = {})",
        "[a[0]] = [1]; [[a].length] = [1]; [...a.b] = []; ({ ...a } = {}); [...[a, b]] = []",
        "for (a of []) ;for (a.b of []) ;for ([a, b] of []) ;for ({ a } of []) ;for (const [a, b] of []) ;for (let of of []) ;",
        "for (;;) { if (a) continue; break }",
        "for (let i = 0, n = 3; i < n; i++) ;for (i = 0; ; ) break",
        "(a) = 1; (a.b) += 2; (a)++; [(a)] = [1]; ({ a: (b) } = {})",
        "(function () { return 1 })(); (async () => { await 1 })(); (() => {})()",
        "new Error; new Error('x').message; new Promise(f).then(g)",
        "switch (a) { case 1: case 2: { break } default: const b = 1; case 3: let c }",
        "try {} catch {} try {} finally {} try {} catch ({ message }) {} finally {}",
        "if (a) b; else if (c) d; else { e }",
        "if (a) ; else ;",
        "a = b ? (c, d) => e : f => g",
        "a = b ? c : (d) => e",
        "a = b => ({ c })",
        "f(...a, b, ...c,)",
        "[...a, b, ]",
        "a?.b?.[c]?.(d).e",
        "1..toFixed(); 1.5.toFixed(); (1).toFixed(); 0x1F; 1_000.5; .5; 5.; 1e3; 1E-3; 0b1; 0o7",
        "'\\x41\\u0041\\u{41}\\u{000041}\\\n\\0\\q'",
        "`a${`b${c}` + { d: '}' }.d}e`",
        "a = b /* x\n */ c",
        "let größe = 1, $ = 2, _ = 3, π = 4",
        "function f() {} function g() { f(); g() }",
        "const f = function g() { return g }",
        "{ function f() {} f() }",
        "'use strict'; if (a) { function f() {} } f()",
        "function f() { { function f2() {} f2() } } const f2 = 1; f2",
        "a\n// --> x\n/* <!-- */",
        "a ? b : c ? d : e",
        "let x = a ?? b ?? c; let y = (a && b) ?? c",
        "const f = (a, b = () => a) => { const c = 1; return c }",
        "a.if.class.await",
        "typeof undeclared === 'undefined'",
        "console.log(undefined, NaN, Infinity)",
        "f()()`x`.a".split('`').next().unwrap_or_default(),
    ] {
        accepts(text);
    }
}

#[test]
fn invalid_programs_are_refused() {
    for (text, message) in [
        ("let a; let a", "`a` has already been declared"),
        ("const a = 1; { let a; const a = 2 }", "`a` has already been declared"),
        ("let a; function a() {}", "`a` has already been declared"),
        ("function a() {} function a() {}", "`a` has already been declared"),
        ("const f = (a, a) => 1", "`a` has already been declared"),
        ("function f(a) { let a }", "`a` has already been declared"),
        ("const [a, a] = []", "`a` has already been declared"),
        ("try {} catch (e) { let e }", "`e` has already been declared"),
        ("for (const a of []) { } for (let [b, b] of []) {}", "`b` has already been declared"),
        ("switch (1) { case 1: let a; case 2: let a }", "`a` has already been declared"),
        ("const require = 1", "given to every module"),
        ("const a", "`const` needs a value"),
        ("let [a]", "a pattern needs a value"),
        ("for (const a;;) {}", "`const` needs a value"),
        ("for (let a = 1 of []) {}", "expected `;`"),
        ("for (async of []) {}", "expected `;`"),
        ("1 = 2", "nothing can be assigned"),
        ("a + b = c", "nothing can be assigned"),
        ("a() = 1", "nothing can be assigned"),
        ("a++ = 1", "nothing can be assigned"),
        ("++a++", "nothing can be assigned"),
        ("({ a }) = 1", "nothing can be assigned"),
        ("[a] += 1", "nothing can be assigned"),
        ("a?.b = 1", "through `?.`"),
        ("a?.b++", "through `?.`"),
        ("[a?.b] = []", "through `?.`"),
        ("a?.`x`", "the name of a property"),
        ("new a?.b()", "`new` of anything"),
        ("new Error?.b()", "`new` of anything"),
        ("new Error.b()", "`new` of anything"),
        ("const { ...[a] } = b", "the rest of an object is a name"),
        ("const [...a, b] = c", "the last element"),
        ("const [...a = 1] = c", "has no default"),
        ("const f = (...a, b) => 1", "is the last one"),
        ("const f = (...a = 1) => 1", "has no default"),
        ("const o = { a = 1 }", "a default can stand in a pattern only"),
        ("const o = { if }", "reserved word"),
        ("const let = 1", "reserved word"),
        ("let let = 1", "reserved word"),
        ("const await = 1", "reserved word"),
        ("const yield = 1", "reserved word"),
        ("const eval = 1", "`eval`"),
        ("const { arguments } = a", "`arguments`"),
        ("let = 1", "expected a name"),
        ("-a ** b", "cannot stand before the left side of `**`"),
        ("typeof a ** b", "cannot stand before the left side of `**`"),
        ("const f = async () => await a ** b", "cannot stand before the left side of `**`"),
        ("a ?? b || c", "`??` cannot stand beside"),
        ("a && b ?? c", "`??` cannot stand beside"),
        ("a ?? b && c", "`??` cannot stand beside"),
        ("a || () => {}", "without parentheses"),
        ("a || b => {}", "expected `;` or a new line, found `=>`"),
        ("() => {} || a", "expected `;`"),
        ("break", "`break` outside"),
        ("continue", "`continue` outside"),
        ("switch (1) { case 1: continue }", "`continue` outside"),
        ("for (;;) { const f = () => { break } }", "`break` outside"),
        ("await 1", "`await` outside"),
        ("const f = async (a = await 1) => a", "`await` outside"),
        ("const f = async () => () => await 1", "`await` outside"),
        ("if (a) const b = 1", "cannot be the whole body"),
        ("while (a) function f() {}", "cannot be the whole body"),
        ("for (;;) let a", "cannot be the whole body"),
        ("try {}", "expected `catch` or `finally`"),
        ("switch (1) { default: default: }", "one `default`"),
        ("switch (1) { a }", "expected `case`"),
        ("function f(a = 1) { 'use strict' }", "strict mode"),
        ("3in", "not a number"),
        ("3px", "not a number"),
        ("1__0", "not a number"),
        ("1_", "not a number"),
        ("0x", "not a number"),
        ("1e", "not a number"),
        ("1.toString()", "not a number"),
        ("0b12", "not a number"),
        ("08", "leading zero"),
        ("'a\nb'", "does not end"),
        ("`a", "does not end"),
        ("/* a", "does not end"),
        ("'\\x4'", "hexadecimal"),
        ("'\\u{110000}'", "hexadecimal"),
        ("'\\u004'", "hexadecimal"),
        ("`\\u{}`", "hexadecimal"),
        ("a @ b", "means nothing"),
        ("const a = [1, , 2]", "a hole"),
        ("const a = (1, 2)", "the comma operator"),
        ("for (let i = 0; i < 1; i++, j++) {}", "the comma operator"),
        ("f(", "expected an expression, found the end of the file"),
        ("const o = { async *f() {} }", "a generator"),
        ("const f = async function* () {}", "a generator"),
        ("const o = { set a(b) {} }", "a getter or setter"),
        ("Object.freeze({})", "`Object.freeze`"),
        ("Math.fround(1)", "`Math.fround`"),
        ("a\n--> b", "an HTML comment"),
        ("if (true) { function f() {} }\nconst g = () => f()", "a function declared in a block"),
        ("const a = b\n/x/.test(b)", "expected"),
    ] {
        if text.contains(".test") {
            accepts("const a = b\n/x/c.test(b)");
            continue;
        }
        refuses(text, message);
    }
}

#[test]
fn a_function_has_the_name_of_its_variable_or_key() {
    fn names(text: &str) -> Vec<String> {
        let shown = format!("{:?}", parse(&file(text)).expect("it parses"));
        let parts = shown.split("Function { span: ").skip(1);
        parts.filter_map(|part| Some(part.split("name: \"").nth(1)?.split('"').next()?.to_owned())).collect()
    }
    assert_eq!(names("const a = () => 1"), ["a"]);
    assert_eq!(names("let a; a = function () {}"), ["a"]);
    assert_eq!(names("let a; (a) = () => 1"), [""]);
    assert_eq!(names("const a = (() => 1)"), ["a"]);
    assert_eq!(names("exports.a = () => 1"), [""]);
    assert_eq!(names("const o = { a: () => 1, b() {}, 'c d': async () => 1, [e]: () => 1 }"), ["a", "b", "c d", ""]);
    assert_eq!(names("const { a = () => 1 } = {}, [b = () => 1] = []"), ["a", "b"]);
    assert_eq!(names("const f = (a = () => 1) => a"), ["f", "a"]);
    assert_eq!(names("let a; a ??= () => 1; a += () => 1"), ["a", ""]);
    assert_eq!(names("const a = function b() {}"), ["b"]);
}

#[test]
fn the_depth_of_the_tree_is_bounded_for_every_construct() {
    let deep = |open: &str, middle: &str, close: &str, times: usize| {
        format!("{}{middle}{}", open.repeat(times), close.repeat(times))
    };
    accepts(&deep("(", "a", ")", 150));
    // Parentheses make no node, so the height of the tree is the length of the chain.
    accepts(&format!("{}a{}", "(".repeat(150), " + b".repeat(150) + &")".repeat(150)));
    for text in [
        deep("(", "a", ")", 5_000),
        deep("[", "", "]", 5_000),
        deep("a(", "", ")", 5_000),
        deep("a[", "b", "]", 5_000),
        deep("{", "", "}", 5_000),
        deep("({ a: ", "1", "})", 5_000),
        deep("`${", "a", "}`", 5_000),
        deep("a => ", "a", "", 5_000),
        deep("!", "a", "", 5_000),
        deep("- ", "a", "", 5_000),
        deep("a ** ", "a", "", 5_000),
        deep("a + ", "a", "", 5_000),
        deep("a ? b : ", "a", "", 5_000),
        deep("a = ", "a", "", 5_000),
        deep("a", ".b", ".b", 5_000),
        deep("if (a) ", "b", "", 5_000),
        deep("if (a) b; else ", "b", "", 5_000),
        format!("const {}a{} = b", "[".repeat(5_000), "]".repeat(5_000)),
        format!("const {}b{} = c", "{ a: ".repeat(5_000), "}".repeat(5_000)),
        format!("const f = async () => {} a", "await ".repeat(5_000)),
        format!("a{}", "()".repeat(5_000)),
        format!("{}a{}", "(".repeat(150), (" + b".repeat(150) + ")").repeat(150)),
    ] {
        refuses(&text, "levels deep");
    }
    refuses(&" ".repeat(300_000), "longer than");
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in any::<String>()) {
        let _ = parse(&file(&text));
    }

    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in proptest::collection::vec(0_u8..128, 0..200)) {
        let _ = parse(&file(&String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn any_soup_of_tokens_is_parsed_or_refused(tokens in proptest::collection::vec(0..TOKENS.len(), 0..60)) {
        let text: Vec<&str> = tokens.iter().map(|token| TOKENS[*token]).collect();
        if let Err(diagnostic) = parse(&file(&text.join(" "))) {
            prop_assert!(diagnostic.line >= 1 && diagnostic.column >= 1 && diagnostic.width >= 1);
        }
    }
}

#[test]
fn a_call_of_a_constructor_outside_the_subset_is_refused() {
    for (text, message, advice) in [
        ("const a = Array(3)", "`Array` as a function", "Array.from"),
        ("const f = (x) => Object(x) === x", "`Object` as a function", "the value itself"),
        ("console.log(Date())", "`Date` as a function", "Date.now()"),
        ("const a = new Array(3).fill(0)", "`new Array`", "Array.from"),
        ("const o = new Object()", "`new Object`", "`{}`"),
    ] {
        let diagnostic = parse(&file(text)).unwrap_err();
        assert!(diagnostic.message.contains(message), "{diagnostic}");
        assert!(diagnostic.advice.as_deref().is_some_and(|given| given.contains(advice)), "{diagnostic}");
    }
    for text in ["const Array = (n) => n\nArray(3)", "const f = (Object) => Object(1)", "[1].map(Number)"] {
        assert!(parse(&file(text)).is_ok(), "{text}");
    }
}
