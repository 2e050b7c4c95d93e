//! The syntax tree, which the parser makes and the compiler reads. Every node that can throw, or whose line is
//! highlighted while it runs, has its span.

use std::rc::Rc;

/// A range of source text, in bytes from the beginning of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The offset of the first byte.
    pub start: u32,
    /// The offset after the last byte.
    pub end: u32,
}

/// An identifier or property name.
pub(crate) type Name = Rc<str>;

/// A parsed file.
#[derive(Debug, PartialEq)]
pub(crate) struct Program {
    /// The statements of the file.
    pub body: Vec<Statement>,
}

/// A statement.
#[derive(Debug, PartialEq)]
pub(crate) struct Statement {
    /// The source of the statement.
    pub span: Span,
    /// The statement.
    pub kind: StatementKind,
}

/// The statements of the subset.
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "the example in each comment shows the fields")]
pub(crate) enum StatementKind {
    /// `const a = 1, b = 2` or `let a`.
    Declaration(Declaration),
    /// `function f() {}`, hoisted to the top of its block.
    Function(Rc<Function>),
    /// An expression for its effect.
    Expression(Expression),
    /// `return`, with or without a value.
    Return(Option<Expression>),
    /// `if (test) then else otherwise`.
    If { test: Expression, then: Box<Statement>, otherwise: Option<Box<Statement>> },
    /// `{ … }`.
    Block(Vec<Statement>),
    /// `for (init; test; update) body`. Each iteration has its own copy of a `let` in the head.
    For { init: Option<ForInit>, test: Option<Expression>, update: Option<Expression>, body: Box<Statement> },
    /// `for (const x of list) body`.
    ForOf { binding: ForBinding, iterable: Expression, body: Box<Statement> },
    /// `while (test) body`.
    While { test: Expression, body: Box<Statement> },
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `switch (on) { case … }`.
    Switch { on: Expression, cases: Vec<Case> },
    /// `throw value`.
    Throw(Expression),
    /// `try { } catch (e) { } finally { }`, with at least one of `catch` and `finally`.
    Try { block: Vec<Statement>, catch: Option<Catch>, finally: Option<Vec<Statement>> },
    /// `;` alone.
    Empty,
}

/// `const` or `let` with its declarators.
#[derive(Debug, PartialEq)]
pub(crate) struct Declaration {
    /// True for `const`, false for `let`.
    pub constant: bool,
    /// The declarators: `pattern = value`.
    pub declarators: Vec<Declarator>,
}

/// One `pattern = value` of a declaration.
#[derive(Debug, PartialEq)]
pub(crate) struct Declarator {
    /// The source of the declarator.
    pub span: Span,
    /// The pattern on the left side.
    pub pattern: Pattern,
    /// The value on the right side. Only a name after `let` may have none.
    pub value: Option<Expression>,
}

/// The first part of the head of a `for` statement.
#[derive(Debug, PartialEq)]
pub(crate) enum ForInit {
    /// `let i = 0`.
    Declaration(Declaration),
    /// An expression.
    Expression(Expression),
}

/// The left side of the head of a `for … of` statement.
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "the example in each comment shows the fields")]
pub(crate) enum ForBinding {
    /// `const x` or `let x`. Each iteration has its own binding.
    Declare { constant: bool, pattern: Pattern },
    /// An assignment to existing variables or properties.
    Assign(Pattern),
}

/// A `case` of a `switch` statement, or its `default`.
#[derive(Debug, PartialEq)]
pub(crate) struct Case {
    /// The value to compare with `===`; `None` for `default`.
    pub test: Option<Expression>,
    /// The statements of the case.
    pub body: Vec<Statement>,
}

/// `catch (pattern) { }`, or `catch { }`.
#[derive(Debug, PartialEq)]
pub(crate) struct Catch {
    /// The pattern that the thrown value is bound to.
    pub pattern: Option<Pattern>,
    /// The statements of the block.
    pub body: Vec<Statement>,
}

/// The target of a declaration, a parameter or an assignment.
#[derive(Debug, PartialEq)]
pub(crate) struct Pattern {
    /// The source of the pattern.
    pub span: Span,
    /// The pattern.
    pub kind: PatternKind,
}

/// The kinds of pattern.
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "the example in each comment shows the fields")]
pub(crate) enum PatternKind {
    /// The name of a variable.
    Name(Name),
    /// `object.key` or `object[key]`, in assignments only.
    Member(Box<Expression>),
    /// `[a, , b = 1, ...rest]`.
    Array { elements: Vec<Option<PatternElement>>, rest: Option<Box<Pattern>> },
    /// `{ a, b: c, [key]: d = 1, ...rest }`.
    Object { properties: Vec<(PropertyKey, PatternElement)>, rest: Option<Box<Pattern>> },
}

/// A part of a larger pattern, or a parameter, with its default.
#[derive(Debug, PartialEq)]
pub(crate) struct PatternElement {
    /// The pattern.
    pub pattern: Pattern,
    /// The default, which replaces `undefined`.
    pub default: Option<Expression>,
}

/// A function of any form.
#[derive(Debug, PartialEq)]
pub(crate) struct Function {
    /// The source of the whole function.
    pub span: Span,
    /// The name of the function: its own, or that of the variable or key it is assigned to
    /// ([NamedEvaluation](https://tc39.es/ecma262/#sec-runtime-semantics-namedevaluation)). Empty for an anonymous
    /// function, and under a computed key, which names its function at run time.
    pub name: Name,
    /// True for a function expression that binds its own name: `(function f() {})`.
    pub binds_own_name: bool,
    /// The form of the function.
    pub kind: FunctionKind,
    /// The parameters with their defaults.
    pub parameters: Vec<PatternElement>,
    /// The rest parameter: `...rest`.
    pub rest: Option<Pattern>,
    /// The body.
    pub body: FunctionBody,
}

/// The forms of functions in the subset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// A function declaration, function expression or method.
    Plain,
    /// `async function f() {}`, or an async method.
    Async,
    /// `() => {}`.
    Arrow,
    /// `async () => {}`.
    AsyncArrow,
}

impl FunctionKind {
    /// Returns the kind of a function that is no arrow function.
    pub fn function(is_async: bool) -> Self {
        if is_async { Self::Async } else { Self::Plain }
    }

    /// Returns the kind of an arrow function.
    pub fn arrow(is_async: bool) -> Self {
        if is_async { Self::AsyncArrow } else { Self::Arrow }
    }

    /// Returns true if a call of the function returns a promise.
    pub fn is_async(self) -> bool {
        matches!(self, Self::Async | Self::AsyncArrow)
    }
}

/// The body of a function.
#[derive(Debug, PartialEq)]
pub(crate) enum FunctionBody {
    /// `=> expression`.
    Expression(Expression),
    /// `{ statements }`.
    Block(Vec<Statement>),
}

/// An expression.
#[derive(Debug, PartialEq)]
pub(crate) struct Expression {
    /// The source of the expression, without parentheses around it.
    pub span: Span,
    /// The expression.
    pub kind: ExpressionKind,
}

/// The expressions of the subset.
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "the example in each comment shows the fields")]
pub(crate) enum ExpressionKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number literal.
    Number(f64),
    /// A string literal.
    String(Rc<str>),
    /// `` `text ${expression} text` ``, with one more text than expressions.
    Template { texts: Vec<Rc<str>>, expressions: Vec<Expression> },
    /// A variable or global. `undefined` is one, too.
    Name(Name),
    /// `[a, ...b]`. Holes are outside the subset.
    Array(Vec<Element>),
    /// `{ a, b: 1, [c]: 2, d() {}, ...e }`.
    Object(Vec<Property>),
    /// A function of any form.
    Function(Rc<Function>),
    /// `object.name` or `object?.name`.
    Member { object: Box<Expression>, name: Name, name_span: Span, optional: bool },
    /// `object[key]` or `object?.[key]`.
    Index { object: Box<Expression>, key: Box<Expression>, optional: bool },
    /// `callee(arguments)` or `callee?.(arguments)`.
    Call { callee: Box<Expression>, arguments: Vec<Element>, optional: bool },
    /// A whole [optional chain](https://tc39.es/ecma262/#sec-optional-chains), for example `a?.b.c`. All of it is
    /// `undefined` if the value before a `?.` is undefined or null.
    Chain(Box<Expression>),
    /// `new Name(arguments)`.
    New { callee: Box<Expression>, arguments: Vec<Element> },
    /// `await value`.
    Await(Box<Expression>),
    /// `!a`, `-a`, `+a` or `typeof a`.
    Unary { operator: Unary, operand: Box<Expression> },
    /// `++a`, `a++`, `--a` or `a--`. The target is a name, member or index.
    Update { increment: bool, prefix: bool, target: Box<Expression> },
    /// Arithmetic, a comparison or `instanceof`.
    Binary { operator: Binary, left: Box<Expression>, right: Box<Expression> },
    /// `&&`, `||` or `??`.
    Logical { operator: Logical, left: Box<Expression>, right: Box<Expression> },
    /// `test ? then : otherwise`.
    Conditional { test: Box<Expression>, then: Box<Expression>, otherwise: Box<Expression> },
    /// `target = value`.
    Assign { target: Pattern, value: Box<Expression> },
    /// A compound assignment: `target += value`. The target is a name, member or index.
    Compound { operator: CompoundOperator, target: Box<Expression>, value: Box<Expression> },
}

/// An element of an array literal or an argument list.
#[derive(Debug, PartialEq)]
pub(crate) struct Element {
    /// True for `...value`.
    pub spread: bool,
    /// The value.
    pub value: Expression,
}

/// A property of an object literal.
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "the example in each comment shows the fields")]
pub(crate) enum Property {
    /// `key: value`, `key` or `key() {}`.
    Value { key: PropertyKey, value: Expression },
    /// `...value`.
    Spread(Expression),
}

/// The key of a property.
#[derive(Debug, PartialEq)]
pub(crate) enum PropertyKey {
    /// `name`, `'name'` or `1`, as a string.
    Name(Name),
    /// `[expression]`.
    Computed(Expression),
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    /// `!`
    Not,
    /// `-`
    Minus,
    /// `+`
    Plus,
    /// `typeof`
    TypeOf,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `**`
    Power,
    /// `===`
    StrictEqual,
    /// `!==`
    StrictNotEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `instanceof`
    InstanceOf,
}

/// Operators that evaluate their right side only if the left side does not decide the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logical {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `??`
    Nullish,
}

/// The operator before the `=` of a compound assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompoundOperator {
    /// `+=`, `-=`, `*=`, `/=`, `%=`, `**=`
    Binary(Binary),
    /// `&&=`, `||=`, `??=`
    Logical(Logical),
}
