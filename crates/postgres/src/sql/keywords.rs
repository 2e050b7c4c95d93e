//! Lists of keywords (PostgreSQL's documentation, Appendix C, "SQL Key Words").

/// Reserved words: no names unless they are quoted.
#[rustfmt::skip]
pub(super) const RESERVED: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both", "case", "cast", "check",
    "collate", "column", "constraint", "create", "current_catalog", "current_date", "current_role", "current_time",
    "current_timestamp", "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except",
    "false", "fetch", "for", "foreign", "from", "grant", "group", "having", "in", "initially", "intersect", "into",
    "lateral", "leading", "limit", "localtime", "localtimestamp", "not", "null", "offset", "on", "only", "or", "order",
    "placing", "primary", "references", "returning", "select", "session_user", "some", "symmetric", "table", "then",
    "to", "trailing", "true", "union", "unique", "user", "using", "variadic", "when", "where", "window", "with",
];

/// Words that can name an output column only after AS.
#[rustfmt::skip]
pub(super) const REQUIRES_AS: &[&str] = &[
    "array", "as", "at", "collate", "create", "except", "fetch", "filter", "for", "from", "grant", "group", "having",
    "intersect", "into", "isnull", "limit", "notnull", "offset", "on", "order", "over", "overlaps", "returning",
    "similar", "to", "union", "where", "window", "with", "within", "without",
];

/// Words at which PostgreSQL's grammar goes on and the mock's does not: the error then says so.
#[rustfmt::skip]
pub(super) const UNSUPPORTED: &[&str] = &[
    "alter", "analyze", "array", "at", "call", "cascade", "case", "check", "checkpoint", "close", "cluster", "collate",
    "comment", "conflict", "constraint", "copy", "cross", "current", "current_date", "current_time", "cursor",
    "database", "declare", "distinct", "do", "except", "execute", "exists", "explain", "extension", "fetch", "filter",
    "for", "foreign", "from", "full", "function", "generated", "grant", "group", "having", "index", "inner", "instead",
    "intersect", "interval", "into", "isolation", "join", "lateral", "left", "like", "listen", "localtime",
    "localtimestamp", "lock", "merge", "move", "natural", "notify", "on", "only", "over", "overlaps", "prepare",
    "references", "reindex", "release", "restrict", "revoke", "right", "role", "row", "savepoint", "schema", "select",
    "sequence", "session", "similar", "symmetric", "table", "tablesample", "trigger", "truncate", "type", "union",
    "unique", "unlisten", "unlogged", "using", "vacuum", "values", "view", "window", "with",
];

/// Functions that are called without parentheses.
#[rustfmt::skip]
pub(super) const BARE_FUNCTIONS: &[&str] = &[
    "current_catalog", "current_role", "current_schema", "current_timestamp", "current_user", "session_user", "user",
];
