//! Programs with their output in Node 20.

use super::output;

macro_rules! recorded {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let source = include_str!(concat!("programs/", stringify!($name), ".js"));
            let expected = include_str!(concat!("programs/", stringify!($name), ".out"));
            for strain in [false, true] {
                assert_eq!(output(source, strain).join("\n"), expected.trim_end());
            }
        }
    )*};
}

recorded! {
    aggregates
    arrays
    async_results
    awaits
    closures
    combinators
    completions
    destructuring
    errors
    executors
    finally
    interleaving
    iterables
    keys
    messages
    objects
    operators
    order
    patterns
    patterns_of_use
    rejections
    scopes
}
