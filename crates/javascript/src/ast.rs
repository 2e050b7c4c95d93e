//! The syntax tree: what the parser gives and the compiler takes. Every node that can fail at run time, or be lit,
//! carries its span.

use std::rc::Rc;

/// A stretch of source: byte offsets, end exclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A name as it is written.
pub type Name = Rc<str>;

/// A parsed file.
#[derive(Debug, PartialEq)]
pub struct Program {
    /// Its statements, in order.
    pub body: Vec<Statement>,
}

/// A statement.
#[derive(Debug, PartialEq)]
pub struct Statement {
    /// Where.
    pub span: Span,
    /// Which.
    pub kind: StatementKind,
}

/// The statements of the subset.
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "the source in each comment shows what its fields are")]
pub enum StatementKind {
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
    /// `for (init; test; update) body`; a `let` in the head is fresh for each round.
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
    /// `try { } catch (e) { } finally { }`; at least one of the latter two.
    Try { block: Vec<Statement>, catch: Option<Catch>, finally: Option<Vec<Statement>> },
    /// `;` alone.
    Empty,
}

/// `const` or `let` with its declarators.
#[derive(Debug, PartialEq)]
pub struct Declaration {
    /// Whether it is `const`.
    pub constant: bool,
    /// `pattern = value`, each with its span.
    pub declarators: Vec<Declarator>,
}

/// One `pattern = value` of a declaration.
#[derive(Debug, PartialEq)]
pub struct Declarator {
    /// Where.
    pub span: Span,
    /// What is bound.
    pub pattern: Pattern,
    /// To which value; only a plain `let` name may have none.
    pub value: Option<Expression>,
}

/// The first part of a `for` head.
#[derive(Debug, PartialEq)]
pub enum ForInit {
    /// `let i = 0`.
    Declaration(Declaration),
    /// Any expression.
    Expression(Expression),
}

/// What a `for … of` binds in each round.
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "the source in each comment shows what its fields are")]
pub enum ForBinding {
    /// `const x` or `let x`: fresh in each round.
    Declare { constant: bool, pattern: Pattern },
    /// An assignment to something that is there already.
    Assign(Pattern),
}

/// One `case` (or `default`, where there is no test).
#[derive(Debug, PartialEq)]
pub struct Case {
    /// What is compared with `===`.
    pub test: Option<Expression>,
    /// What runs.
    pub body: Vec<Statement>,
}

/// `catch (pattern) { }`, or `catch { }`.
#[derive(Debug, PartialEq)]
pub struct Catch {
    /// What the thrown value is bound to.
    pub pattern: Option<Pattern>,
    /// What runs.
    pub body: Vec<Statement>,
}

/// What a value is taken apart into, in a declaration, a parameter or an assignment.
#[derive(Debug, PartialEq)]
pub struct Pattern {
    /// Where.
    pub span: Span,
    /// Which.
    pub kind: PatternKind,
}

/// The kinds of pattern.
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "the source in each comment shows what its fields are")]
pub enum PatternKind {
    /// A name to bind or assign.
    Name(Name),
    /// In assignments only: `object.key` or `object[key]`.
    Member(Box<Expression>),
    /// `[a, , b = 1, ...rest]`.
    Array { elements: Vec<Option<PatternElement>>, rest: Option<Box<Pattern>> },
    /// `{ a, b: c, [key]: d = 1, ...rest }`.
    Object { properties: Vec<(PropertyKey, PatternElement)>, rest: Option<Box<Pattern>> },
}

/// A pattern with the default that stands in for `undefined`.
#[derive(Debug, PartialEq)]
pub struct PatternElement {
    /// The pattern.
    pub pattern: Pattern,
    /// Its default.
    pub default: Option<Expression>,
}

/// A function of any form.
#[derive(Debug, PartialEq)]
pub struct Function {
    /// Where: the whole function.
    pub span: Span,
    /// Its own name, or the one the parser gave it from the name it is assigned to or the key it stands under, by the
    /// language's rules; empty where it has none (a computed key names its function only at run time).
    pub name: Name,
    /// Whether the name is its own: an expression `function f() {}` sees itself under it; a declaration's name is
    /// bound by its block.
    pub own_name: bool,
    /// Whether it is an arrow function.
    pub arrow: bool,
    /// Whether it is `async`.
    pub asynchronous: bool,
    /// The parameters with their defaults.
    pub parameters: Vec<PatternElement>,
    /// `...rest`.
    pub rest: Option<Pattern>,
    /// What runs.
    pub body: FunctionBody,
}

/// The body of a function.
#[derive(Debug, PartialEq)]
pub enum FunctionBody {
    /// `=> expression`.
    Expression(Expression),
    /// `{ statements }`.
    Block(Vec<Statement>),
}

/// An expression.
#[derive(Debug, PartialEq)]
pub struct Expression {
    /// Where.
    pub span: Span,
    /// Which.
    pub kind: ExpressionKind,
}

/// The expressions of the subset.
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "the source in each comment shows what its fields are")]
pub enum ExpressionKind {
    /// `undefined` is a name; these are the literals.
    Null,
    /// `true`, `false`.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A string.
    String(Rc<str>),
    /// `` `text ${expression} text` ``: one more text than expressions.
    Template { texts: Vec<Rc<str>>, expressions: Vec<Expression> },
    /// A variable (or global) by name.
    Name(Name),
    /// `[a, ...b]`; holes are outside the subset.
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
    /// The whole of a chain with `?.` in it: where one link is missing, all of it is `undefined`.
    Chain(Box<Expression>),
    /// `new Name(arguments)`.
    New { callee: Box<Expression>, arguments: Vec<Element> },
    /// `await value`.
    Await(Box<Expression>),
    /// `!a`, `-a`, `+a`, `typeof a`.
    Unary { operator: Unary, operand: Box<Expression> },
    /// `++a`, `a++`, `--a`, `a--`; the target is a name or a member.
    Update { increment: bool, prefix: bool, target: Box<Expression> },
    /// Arithmetic, comparison, `instanceof`.
    Binary { operator: Binary, left: Box<Expression>, right: Box<Expression> },
    /// `&&`, `||`, `??`.
    Logical { operator: Logical, left: Box<Expression>, right: Box<Expression> },
    /// `test ? then : otherwise`.
    Conditional { test: Box<Expression>, then: Box<Expression>, otherwise: Box<Expression> },
    /// `target = value`, with a pattern as the target.
    Assign { target: Pattern, value: Box<Expression> },
    /// `target += value` and its kin; the target is a name or a member.
    Compound { operator: CompoundOperator, target: Box<Expression>, value: Box<Expression> },
}

/// An element of an array literal or an argument list.
#[derive(Debug, PartialEq)]
pub struct Element {
    /// Whether `...` stands before it.
    pub spread: bool,
    /// The value.
    pub value: Expression,
}

/// A property of an object literal.
#[derive(Debug, PartialEq)]
#[allow(missing_docs, reason = "the source in each comment shows what its fields are")]
pub enum Property {
    /// `key: value`, `key`, `key() {}`.
    Value { key: PropertyKey, value: Expression },
    /// `...value`.
    Spread(Expression),
}

/// The key of a property.
#[derive(Debug, PartialEq)]
pub enum PropertyKey {
    /// `name`, `'name'` or `1`, as the string it stands for.
    Name(Name),
    /// `[expression]`.
    Computed(Expression),
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
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

impl Binary {
    /// All of them, in order.
    pub const ALL: [Self; 15] = [
        Self::Add,
        Self::Subtract,
        Self::Multiply,
        Self::Divide,
        Self::Remainder,
        Self::Power,
        Self::StrictEqual,
        Self::StrictNotEqual,
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::InstanceOf,
    ];
}

/// Operators that may leave their right side alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logical {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `??`
    Nullish,
}

/// What stands before the `=` of a compound assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompoundOperator {
    /// `+=`, `-=`, `*=`, `/=`, `%=`, `**=`
    Binary(Binary),
    /// `&&=`, `||=`, `??=`
    Logical(Logical),
}
