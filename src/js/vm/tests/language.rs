//! Statements, expressions, and the words of errors.

use super::check;

#[test]
fn first() {
    check("console.log('a', 1 + 2, [1, { b: 'c' }])", &["a 3 [ 1, { b: 'c' } ]"]);
}
