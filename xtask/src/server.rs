//! A server for a built site. It sends the strictest headers that let the page run, so a page that works here works under
//! any policy that allows it.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::bundle;
use crate::error::{Error, IoContext, Result};
use crate::size::brotli_compressed;

/// Allows files of the site's own origin and WebAssembly. Forbids inline scripts and styles, and markup made from text.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; require-trusted-types-for 'script'";

/// A folder to serve.
pub(crate) struct Site {
    folder: PathBuf,
    /// Compressed files by their path, where answers are compressed.
    compressed: Option<Mutex<HashMap<PathBuf, Vec<u8>>>>,
}

impl Site {
    /// A site that is sent as it is.
    pub(crate) fn plain(folder: PathBuf) -> Self {
        Self { folder, compressed: None }
    }

    /// A site that is sent with brotli, as a content delivery network sends it.
    pub(crate) fn compressed(folder: PathBuf) -> Self {
        Self { folder, compressed: Some(Mutex::default()) }
    }

    /// Serves the site in the background for as long as `xtask` runs. Returns the address.
    ///
    /// # Errors
    /// When no port can be opened.
    pub(crate) fn start(self) -> Result<SocketAddr> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).about("listening")?;
        let address = listener.local_addr().about("listening")?;
        thread::spawn(move || self.accept(&listener));
        Ok(address)
    }

    fn accept(self, listener: &TcpListener) {
        let site = Arc::new(self);
        for stream in listener.incoming().flatten() {
            let site = Arc::clone(&site);
            // A browser may close the connection before the answer is complete. That is not an error of the server.
            thread::spawn(move || site.answer(&stream).ok());
        }
    }

    fn answer(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        let mut request = String::new();
        let mut reader = BufReader::new(stream);
        reader.read_line(&mut request)?;
        let mut header = String::new();
        while reader.read_line(&mut header)? > 2 {
            header.clear();
        }
        let path = request.split(' ').nth(1).unwrap_or("/");
        let found = file_for(&self.folder, path).and_then(|file| Some((media_type(&file), self.content(file)?)));
        let (status, media_type, body) = match found {
            Some((media_type, body)) => ("200 OK", media_type, body),
            None => ("404 Not Found", "text/plain; charset=utf-8", self.encoded(b"not found\n".to_vec())),
        };
        let encoding = if self.compressed.is_some() { "Content-Encoding: br\r\n" } else { "" };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n{encoding}Content-Security-Policy: \
             {POLICY}\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n",
            body.len()
        )?;
        stream.write_all(&body)?;
        stream.flush()
    }

    /// The bytes of the answer for a file; none if the file cannot be read.
    fn content(&self, file: PathBuf) -> Option<Vec<u8>> {
        let Some(compressed) = &self.compressed else { return fs::read(file).ok() };
        let mut compressed = compressed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = compressed.get(&file) {
            return Some(known.clone());
        }
        let content = brotli_compressed(&fs::read(&file).ok()?);
        compressed.insert(file, content.clone());
        Some(content)
    }

    fn encoded(&self, content: Vec<u8>) -> Vec<u8> {
        if self.compressed.is_some() { brotli_compressed(&content) } else { content }
    }
}

/// Serves `dist/` at a fixed address until `xtask` is stopped.
///
/// # Errors
/// When there is no `dist/`, or the port is taken.
pub(crate) fn preview() -> Result {
    if !bundle::dist().is_dir() {
        return Err(Error::Missing("there is no dist/; `cargo xtask build` makes it".into()));
    }
    let listener = TcpListener::bind(("localhost", 8081)).about("listening on port 8081")?;
    println!("dist/ at http://localhost:8081/ under: {POLICY}");
    Site::plain(bundle::dist()).accept(&listener);
    Ok(())
}

/// The file that a request names; none if it is outside the folder.
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
    match file.extension().and_then(|extension| extension.to_str()) {
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
    use std::io::Read;

    use super::*;

    #[test]
    fn a_request_stays_in_the_folder() {
        let folder = Path::new("/nowhere");
        assert_eq!(file_for(folder, "/a/b.js?x=1"), Some(PathBuf::from("/nowhere/a/b.js")));
        assert_eq!(file_for(folder, "/../secret"), None);
        assert_eq!(file_for(folder, "/a/../../secret"), None);
    }

    /// The whole answer of a site that serves this crate's source folder.
    fn answer_to(site: fn(PathBuf) -> Site, path: &str) -> Vec<u8> {
        let address = site(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).start().unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    #[test]
    fn a_file_is_sent_under_the_policy() {
        let answer = String::from_utf8(answer_to(Site::plain, "/main.rs")).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains(&format!("Content-Security-Policy: {POLICY}\r\n")));
        assert!(answer.ends_with(include_str!("main.rs")));
    }

    #[test]
    fn a_compressed_site_sends_brotli() {
        let answer = answer_to(Site::compressed, "/main.rs");
        assert!(String::from_utf8_lossy(&answer).contains("Content-Encoding: br\r\n"));
        assert!(answer.ends_with(&brotli_compressed(include_bytes!("main.rs"))));
    }

    #[test]
    fn an_unknown_file_is_not_found() {
        assert!(answer_to(Site::plain, "/nothing.js").starts_with(b"HTTP/1.1 404 Not Found\r\n"));
    }
}
