//! The program of the page. It registers the functions that the custom element's class in `assets/loader.js` calls. Natively it
//! only prints how the project is run.

/// A smaller allocator than the standard library's, which is compiled for speed.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

fn main() {
    #[cfg(target_arch = "wasm32")]
    lambda_lifecycles::embed::start();
    #[cfg(not(target_arch = "wasm32"))]
    println!(
        "This program runs in a browser: `cargo xtask serve`. For a terminal: `cargo run --release --example simulate -- --help`."
    );
}
