//! SQLSTATE codes by PostgreSQL's condition names: PostgreSQL's documentation, Appendix A, "PostgreSQL Error Codes".

use core::fmt;

/// An SQLSTATE: the five characters that identify a kind of error, which node-postgres gives as `code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqlState(&'static str);

impl SqlState {
    /// The five characters.
    pub const fn code(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for SqlState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

macro_rules! conditions {
    ($($name:ident = $code:literal,)*) => {
        impl SqlState {
            $(
                #[doc = concat!("SQLSTATE `", $code, "`.")]
                pub const $name: Self = Self($code);
            )*
        }

        #[cfg(test)]
        const ALL: &[SqlState] = &[$(SqlState::$name),*];
    };
}

conditions! {
    PROTOCOL_VIOLATION = "08P01",
    STRING_DATA_RIGHT_TRUNCATION = "22001",
    NUMERIC_VALUE_OUT_OF_RANGE = "22003",
    INVALID_DATETIME_FORMAT = "22007",
    DATETIME_FIELD_OVERFLOW = "22008",
    DIVISION_BY_ZERO = "22012",
    INVALID_ROW_COUNT_IN_LIMIT_CLAUSE = "2201W",
    INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE = "2201X",
    INVALID_PARAMETER_VALUE = "22023",
    INVALID_ESCAPE_SEQUENCE = "22025",
    INVALID_TEXT_REPRESENTATION = "22P02",
    NOT_NULL_VIOLATION = "23502",
    UNIQUE_VIOLATION = "23505",
    ACTIVE_SQL_TRANSACTION = "25001",
    IN_FAILED_SQL_TRANSACTION = "25P02",
    IDLE_IN_TRANSACTION_SESSION_TIMEOUT = "25P03",
    INVALID_SQL_STATEMENT_NAME = "26000",
    INVALID_AUTHORIZATION_SPECIFICATION = "28000",
    INVALID_PASSWORD = "28P01",
    INVALID_CATALOG_NAME = "3D000",
    INVALID_SCHEMA_NAME = "3F000",
    DEADLOCK_DETECTED = "40P01",
    SYNTAX_ERROR = "42601",
    DUPLICATE_COLUMN = "42701",
    UNDEFINED_COLUMN = "42703",
    UNDEFINED_OBJECT = "42704",
    AMBIGUOUS_FUNCTION = "42725",
    GROUPING_ERROR = "42803",
    DATATYPE_MISMATCH = "42804",
    WRONG_OBJECT_TYPE = "42809",
    CANNOT_COERCE = "42846",
    UNDEFINED_FUNCTION = "42883",
    UNDEFINED_TABLE = "42P01",
    UNDEFINED_PARAMETER = "42P02",
    DUPLICATE_TABLE = "42P07",
    INVALID_COLUMN_REFERENCE = "42P10",
    INVALID_TABLE_DEFINITION = "42P16",
    INDETERMINATE_DATATYPE = "42P18",
    DISK_FULL = "53100",
    OUT_OF_MEMORY = "53200",
    TOO_MANY_CONNECTIONS = "53300",
    PROGRAM_LIMIT_EXCEEDED = "54000",
    STATEMENT_TOO_COMPLEX = "54001",
    TOO_MANY_COLUMNS = "54011",
    CANT_CHANGE_RUNTIME_PARAM = "55P02",
    LOCK_NOT_AVAILABLE = "55P03",
    QUERY_CANCELED = "57014",
    ADMIN_SHUTDOWN = "57P01",
    IDLE_SESSION_TIMEOUT = "57P05",
    INTERNAL_ERROR = "XX000",
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn every_code_has_five_characters_and_is_listed_once() {
        for (index, state) in ALL.iter().enumerate() {
            assert_eq!(state.code().len(), 5, "{state}");
            assert!(!ALL[..index].contains(state), "{state} is listed twice");
        }
    }
}
