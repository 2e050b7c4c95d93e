//! A server for `dist/`, as strict as a page can be served: what works here works under any policy that lets it run.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::thread;

use crate::bundle;
use crate::failure::{Outcome, While, failure};

/// Nothing inline, nothing from elsewhere, no text that becomes markup.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; require-trusted-types-for 'script'";

/// Serves `dist/` until the program is ended.
pub fn preview() -> Outcome {
    if !bundle::dist().is_dir() {
        return failure("there is no dist/; `cargo xtask build` makes it");
    }
    let listener = TcpListener::bind(("localhost", 8081)).doing("listening on port 8081")?;
    println!("dist/ at http://localhost:8081/ under: {POLICY}");
    accept(&listener, &bundle::dist());
    Ok(())
}

/// Serves a folder in the background, for as long as the program runs; says where.
pub fn start(folder: PathBuf) -> Outcome<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).doing("listening")?;
    let address = listener.local_addr().doing("listening")?;
    thread::spawn(move || accept(&listener, &folder));
    Ok(address)
}

fn accept(listener: &TcpListener, folder: &Path) {
    for stream in listener.incoming().flatten() {
        let folder = folder.to_owned();
        // A browser that goes away in the middle of an answer is not an error of ours.
        thread::spawn(move || answer(&stream, &folder).ok());
    }
}

fn answer(stream: &TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut request = String::new();
    let mut reader = BufReader::new(stream);
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or("/");
    let found = file_for(folder, path).and_then(|file| Some((media_type(&file), fs::read(file).ok()?)));
    let (status, media_type, body) = match found {
        Some((media_type, body)) => ("200 OK", media_type, body),
        None => ("404 Not Found", "text/plain; charset=utf-8", b"not found\n".to_vec()),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nContent-Security-Policy: {POLICY}\r\n\
         X-Content-Type-Options: nosniff\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)?;
    stream.flush()
}

/// The file that a request means, if it is in the folder.
fn file_for(folder: &Path, request: &str) -> Option<PathBuf> {
    let path = request.split(['?', '#']).next()?.trim_start_matches('/');
    let relative = Path::new(path);
    if !relative.components().all(|component| matches!(component, Component::Normal(_))) {
        return None;
    }
    let file = folder.join(relative);
    Some(if file.is_dir() { file.join("index.html") } else { file })
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_stays_in_the_folder() {
        let folder = Path::new("/nowhere");
        assert_eq!(file_for(folder, "/a/b.js?x=1"), Some(PathBuf::from("/nowhere/a/b.js")));
        assert_eq!(file_for(folder, "/../secret"), None);
        assert_eq!(file_for(folder, "/a/../../secret"), None);
    }
}
