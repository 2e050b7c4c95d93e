//! The files under /tmp: what of a process's doings outlives the process, as long as its environment does.
//!
//! Contents are shared, not copied: with the string that was written, and with the clones of a world. Sizes count against `lambda.tmp`; past it a write fails with
//! `ENOSPC`, as in the cloud. Errors carry Node's code and message.

use crate::limits;
use crate::ordered::Map;
use std::rc::Rc;

/// An error of `fs`, as Node words it: `ENOENT: no such file or directory, open '/tmp/x'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// `ENOENT` and the like.
    pub code: &'static str,
    /// Node's message.
    pub message: String,
}

#[derive(Clone, Debug)]
enum Entry {
    File(Content),
    Folder,
}

/// What a file holds: the pieces in which it was written, small ones joined.
#[derive(Clone, Debug, Default)]
struct Content {
    pieces: Vec<Rc<str>>,
    bytes: u64,
}

/// A piece of at least this many bytes is not joined with what is appended to it.
const PIECE_BYTES: usize = 4_096;

impl Content {
    fn push(&mut self, text: Rc<str>) {
        self.bytes += text.len() as u64;
        match self.pieces.last_mut() {
            Some(last) if last.len() < PIECE_BYTES => *last = [&**last, &*text].concat().into(),
            _ => self.pieces.push(text),
        }
    }

    /// All of it, where one string can hold it.
    fn text(&self) -> Option<Rc<str>> {
        match &*self.pieces {
            [] => Some("".into()),
            [text] => Some(text.clone()),
            pieces => (self.bytes <= limits::STRING_CHARACTERS as u64).then(|| pieces.concat().into()),
        }
    }
}

/// What there is to say of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its size in bytes; 4,096 for a folder.
    pub bytes: u64,
    /// Whether it is a folder.
    pub folder: bool,
}

/// The files of one environment.
#[derive(Clone, Debug)]
pub struct Files {
    entries: Map<Rc<str>, Entry>,
    limit: u64,
}

const ROOT: &str = "/tmp";

impl Files {
    /// An empty /tmp of `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self { entries: Map::new(), limit }
    }

    /// The limit in bytes.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Bytes in use.
    pub fn used(&self) -> u64 {
        self.files().map(|(_, bytes)| bytes).sum()
    }

    /// The files with their sizes, in the order of their paths.
    pub fn files(&self) -> impl Iterator<Item = (&Rc<str>, u64)> {
        self.entries.iter().filter_map(|(path, entry)| match entry {
            Entry::File(content) => Some((path, content.bytes)),
            Entry::Folder => None,
        })
    }

    /// The content of a file.
    ///
    /// # Errors
    /// Node's error, where there is no such file, no room, or no place for it.
    pub fn read(&self, path: &str) -> Result<Rc<str>, FileError> {
        let place = normal(path);
        match self.entries.get(place.as_str()) {
            Some(Entry::File(content)) => content.text().ok_or_else(|| FileError {
                code: "ERR_STRING_TOO_LONG",
                message: "Cannot create a string longer than 0x1fffffe8 characters".to_owned(),
            }),
            Some(Entry::Folder) => Err(error("EISDIR", "read", None)),
            None if place == ROOT => Err(error("EISDIR", "read", None)),
            None => Err(error("ENOENT", "open", Some(path))),
        }
    }

    /// Replaces a file's content, or makes the file.
    ///
    /// # Errors
    /// Node's error, where there is no such file, no room, or no place for it.
    pub fn write(&mut self, path: &str, text: Rc<str>) -> Result<(), FileError> {
        let place = self.place_for_writing(path)?;
        let others = self.used() - self.size_of(&place);
        if others + text.len() as u64 > self.limit {
            return Err(error("ENOSPC", "write", None));
        }
        let mut content = Content::default();
        content.push(text);
        self.entries.insert(place.into(), Entry::File(content));
        Ok(())
    }

    /// Adds to a file's end, or makes the file.
    ///
    /// # Errors
    /// Node's error, where there is no such file, no room, or no place for it.
    pub fn append(&mut self, path: &str, text: Rc<str>) -> Result<(), FileError> {
        let place = self.place_for_writing(path)?;
        if self.used() + text.len() as u64 > self.limit {
            return Err(error("ENOSPC", "write", None));
        }
        if let Some(Entry::File(content)) = self.entries.get_mut(place.as_str()) {
            content.push(text);
            return Ok(());
        }
        self.write(path, text)
    }

    /// Whether there is such a file or folder.
    pub fn exists(&self, path: &str) -> bool {
        self.stat(path).is_ok()
    }

    /// Its size and kind.
    ///
    /// # Errors
    /// Node's error, where there is no such file, no room, or no place for it.
    pub fn stat(&self, path: &str) -> Result<Stat, FileError> {
        let place = normal(path);
        match self.entries.get(place.as_str()) {
            Some(Entry::File(content)) => Ok(Stat { bytes: content.bytes, folder: false }),
            Some(Entry::Folder) => Ok(Stat { bytes: 4_096, folder: true }),
            None if matches!(place.as_str(), ROOT | "/") => Ok(Stat { bytes: 4_096, folder: true }),
            None => Err(error("ENOENT", "stat", Some(path))),
        }
    }

    /// The names in a folder, in order.
    ///
    /// # Errors
    /// Node's error, where there is no such file, no room, or no place for it.
    pub fn list(&self, path: &str) -> Result<Vec<Rc<str>>, FileError> {
        let place = normal(path);
        match self.stat(&place) {
            Ok(Stat { folder: true, .. }) => {}
            Ok(_) => return Err(error("ENOTDIR", "scandir", Some(path))),
            Err(_) => return Err(error("ENOENT", "scandir", Some(path))),
        }
        let prefix = format!("{place}/");
        Ok(self
            .entries
            .keys()
            .filter_map(|key| key.strip_prefix(prefix.as_str()))
            .filter(|rest| !rest.contains('/'))
            .map(Into::into)
            .collect())
    }

    /// Removes a file.
    ///
    /// # Errors
    /// Node's error, where there is no such file, no room, or no place for it.
    pub fn unlink(&mut self, path: &str) -> Result<(), FileError> {
        let place = normal(path);
        match self.entries.get(place.as_str()) {
            Some(Entry::File(_)) => {
                self.entries.remove(place.as_str());
                Ok(())
            }
            Some(Entry::Folder) => Err(error("EISDIR", "unlink", Some(path))),
            None => Err(error("ENOENT", "unlink", Some(path))),
        }
    }

    /// Makes a folder, and those above it where `recursive`.
    ///
    /// # Errors
    /// Node's error, where there is no such file, no room, or no place for it.
    pub fn make_folder(&mut self, path: &str, recursive: bool) -> Result<(), FileError> {
        let place = normal(path);
        if self.exists(&place) {
            return if recursive && self.stat(&place).is_ok_and(|stat| stat.folder) {
                Ok(())
            } else {
                Err(error("EEXIST", "mkdir", Some(path)))
            };
        }
        let Some((parent, _)) = place.rsplit_once('/').filter(|_| place.starts_with("/tmp/")) else {
            return Err(error("EROFS", "mkdir", Some(path)));
        };
        if !self.exists(parent) {
            if !recursive {
                return Err(error("ENOENT", "mkdir", Some(path)));
            }
            self.make_folder(parent, true)?;
        }
        self.entries.insert(place.into(), Entry::Folder);
        Ok(())
    }

    fn size_of(&self, place: &str) -> u64 {
        match self.entries.get(place) {
            Some(Entry::File(content)) => content.bytes,
            _ => 0,
        }
    }

    fn place_for_writing(&self, path: &str) -> Result<String, FileError> {
        let place = normal(path);
        if place == ROOT || matches!(self.entries.get(place.as_str()), Some(Entry::Folder)) {
            return Err(error("EISDIR", "open", Some(path)));
        }
        if !place.starts_with("/tmp/") {
            // The deployment package is mounted read-only; only /tmp takes writes.
            return Err(error("EROFS", "open", Some(path)));
        }
        let parent = place.rsplit_once('/').map_or(ROOT, |(parent, _)| parent);
        match self.stat(parent) {
            Ok(Stat { folder: true, .. }) => Ok(place),
            Ok(_) => Err(error("ENOTDIR", "open", Some(path))),
            Err(_) => Err(error("ENOENT", "open", Some(path))),
        }
    }
}

/// An error in Node's words.
pub fn error(code: &'static str, call: &str, path: Option<&str>) -> FileError {
    let words = match code {
        "ENOENT" => "no such file or directory",
        "EISDIR" => "illegal operation on a directory",
        "ENOTDIR" => "not a directory",
        "EEXIST" => "file already exists",
        "ENOSPC" => "no space left on device",
        _ => "read-only file system",
    };
    let message = match path {
        Some(path) => format!("{code}: {words}, {call} '{path}'"),
        None => format!("{code}: {words}, {call}"),
    };
    FileError { code, message }
}

/// The path without `.`, `..`, doubled and trailing slashes; a relative one starts in /var/task, as a function's does.
pub fn normal(path: &str) -> String {
    let absolute = if path.starts_with('/') { path.to_owned() } else { format!("/var/task/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in absolute.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_read_listed_and_removed() {
        let mut files = Files::new(100);
        files.write("/tmp/a.txt", "hello".into()).unwrap();
        files.append("/tmp/./a.txt", "!".into()).unwrap();
        assert_eq!(&*files.read("/tmp/a.txt").unwrap(), "hello!");
        files.make_folder("/tmp/x/y", true).unwrap();
        files.write("/tmp/x/y/z", "1".into()).unwrap();
        assert_eq!(files.list("/tmp").unwrap(), ["a.txt".into(), "x".into()] as [Rc<str>; 2]);
        files.unlink("/tmp/a.txt").unwrap();
        assert_eq!(
            files.read("/tmp/a.txt").unwrap_err().message,
            "ENOENT: no such file or directory, open '/tmp/a.txt'"
        );
    }

    #[test]
    fn what_is_written_is_shared_not_copied() {
        let mut files = Files::new(1 << 40);
        let piece: Rc<str> = "x".repeat(PIECE_BYTES).into();
        for place in 0..100 {
            files.write(&format!("/tmp/{place}"), piece.clone()).unwrap();
            files.append("/tmp/all", piece.clone()).unwrap();
        }
        assert_eq!((Rc::strong_count(&piece), files.used()), (201, 200 * PIECE_BYTES as u64));
        for _ in 0..1_000 {
            files.append("/tmp/small", "ab".into()).unwrap();
        }
        assert_eq!((files.read("/tmp/small").unwrap().len(), files.read("/tmp/all").unwrap().len()), (2_000, 409_600));
    }

    #[test]
    fn a_full_disk_and_a_read_only_one_refuse() {
        let mut files = Files::new(4);
        files.write("/tmp/a", "1234".into()).unwrap();
        assert_eq!(files.write("/tmp/b", "5".into()).unwrap_err().message, "ENOSPC: no space left on device, write");
        files.write("/tmp/a", "4321".into()).unwrap();
        assert_eq!(files.write("/var/task/x", "".into()).unwrap_err().code, "EROFS");
        assert_eq!(files.write("/tmp/no/x", "".into()).unwrap_err().code, "ENOENT");
    }
}
