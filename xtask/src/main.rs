//! Automation of the repository: `cargo xtask serve`, `test`, `build`, `size`, `record`, `bench`.

fn main() {}
