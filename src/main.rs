//! The page's program: hands the custom element over to the browser. Natively it only says where to look.

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    println!(
        "This program runs in a browser: `cargo xtask serve`. For a terminal: `cargo run --release --example simulate -- --help`."
    );
}
