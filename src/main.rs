//! The page's program: hands the machine over to the custom element's class in `assets/loader.js`. Natively it only says
//! where to look.

/// Half the code of the allocator that the standard library brings, which is compiled for speed there.
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
