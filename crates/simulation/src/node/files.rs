//! The files under /tmp. They outlive a process, and last as long as its environment.
//!
//! Contents are shared, not copied: with the string that was written, and with the clones of a world. Sizes count against
//! `lambda.tmp`; a write past it fails with `ENOSPC`, as in the cloud. Errors are Node's.

use crate::limits;
use base::sorted_map::SortedMap;
use std::rc::Rc;

/// An error of `fs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The name of the error: `ENOENT`.
    pub code: &'static str,
    /// The system call that failed; empty if Node itself refused.
    pub call: &'static str,
    /// The path that the system call was given, if it takes one.
    pub path: Option<Rc<str>>,
    /// Node's message: `ENOENT: no such file or directory, open '/tmp/x'`.
    pub message: String,
}

impl FileError {
    /// An error that Node itself throws, without asking the system.
    pub fn refused(code: &'static str, message: String) -> Self {
        Self { code, call: "", path: None, message }
    }

    /// The system's number of the error (`errno`); 0 if Node itself refused.
    pub fn number(&self) -> i32 {
        ERRORS.iter().find(|row| row.0 == self.code).map_or(0, |row| row.1)
    }
}

/// The system's errors: name, number, and the text of the message (libuv's `uv_strerror`).
const ERRORS: [(&str, i32, &str); 7] = [
    ("ENOENT", -2, "no such file or directory"),
    ("EEXIST", -17, "file already exists"),
    ("ENOTDIR", -20, "not a directory"),
    ("EISDIR", -21, "illegal operation on a directory"),
    ("ENOSPC", -28, "no space left on device"),
    ("EROFS", -30, "read-only file system"),
    ("ENAMETOOLONG", -36, "name too long"),
];

#[derive(Clone, Debug)]
enum Entry {
    File(Content),
    Folder,
}

/// The content of a file: the pieces in which it was written, small ones joined.
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
            Some(last) if last.len() < PIECE_BYTES => *last = format!("{last}{text}").into(),
            _ => self.pieces.push(text),
        }
    }

    /// The whole text; `None` if it is longer than a string may be.
    fn text(&self) -> Option<Rc<str>> {
        match &*self.pieces {
            [] => Some("".into()),
            [text] => Some(text.clone()),
            pieces => (self.bytes <= javascript::limits::STRING_CHARACTERS as u64)
                .then(|| pieces.iter().map(|piece| &**piece).collect::<String>().into()),
        }
    }
}

/// The entry under a path.
enum Found<'a> {
    File(&'a Content),
    Folder,
    Nothing,
}

/// The size and the kind of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its size in bytes; 4,096 for a folder.
    pub bytes: u64,
    /// True for a folder.
    pub folder: bool,
}

/// The files of one environment.
#[derive(Clone, Debug)]
pub struct Files {
    entries: SortedMap<Rc<str>, Entry>,
    /// The sum of the files' sizes in bytes.
    used: u64,
    limit: u64,
}

const ROOT: &str = "/tmp";

impl Files {
    /// An empty /tmp of `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self { entries: SortedMap::new(), used: 0, limit }
    }

    /// The limit in bytes.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// The bytes in use.
    pub fn used(&self) -> u64 {
        self.used
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
    /// Node's error if there is no such file.
    pub fn read(&self, path: &str) -> Result<Rc<str>, FileError> {
        match self.look(path, "open")?.1 {
            Found::File(content) => content.text().ok_or_else(|| {
                FileError::refused(
                    "ERR_STRING_TOO_LONG",
                    "Cannot create a string longer than 0x1fffffe8 characters".to_owned(),
                )
            }),
            Found::Folder => Err(error("EISDIR", "read", None)),
            Found::Nothing => Err(error("ENOENT", "open", Some(path))),
        }
    }

    /// Replaces a file's content, or makes the file.
    ///
    /// # Errors
    /// Node's error if there is no room, or no folder for it.
    pub fn write(&mut self, path: &str, text: Rc<str>) -> Result<(), FileError> {
        let place = self.place_for_writing(path)?;
        let used = self.used - self.size_of(&place) + text.len() as u64;
        if used > self.limit {
            return Err(error("ENOSPC", "write", None));
        }
        self.used = used;
        let mut content = Content::default();
        content.push(text);
        self.entries.insert(place.into(), Entry::File(content));
        Ok(())
    }

    /// Adds to a file's end, or makes the file.
    ///
    /// # Errors
    /// Node's error if there is no room, or no folder for it.
    pub fn append(&mut self, path: &str, text: Rc<str>) -> Result<(), FileError> {
        let place = self.place_for_writing(path)?;
        if self.used() + text.len() as u64 > self.limit {
            return Err(error("ENOSPC", "write", None));
        }
        if let Some(Entry::File(content)) = self.entries.get_mut(place.as_str()) {
            self.used += text.len() as u64;
            content.push(text);
            return Ok(());
        }
        self.write(path, text)
    }

    /// True if there is such a file or folder.
    pub fn exists(&self, path: &str) -> bool {
        self.stat(path).is_ok()
    }

    /// The size and the kind of a file or folder.
    ///
    /// # Errors
    /// Node's error if there is no such file or folder.
    pub fn stat(&self, path: &str) -> Result<Stat, FileError> {
        match self.look(path, "stat")?.1 {
            Found::File(content) => Ok(Stat { bytes: content.bytes, folder: false }),
            Found::Folder => Ok(Stat { bytes: 4_096, folder: true }),
            Found::Nothing => Err(error("ENOENT", "stat", Some(path))),
        }
    }

    /// The names in a folder, sorted.
    ///
    /// # Errors
    /// Node's error if there is no such folder.
    pub fn list(&self, path: &str) -> Result<Vec<Rc<str>>, FileError> {
        let (place, found) = self.look(path, "scandir")?;
        match found {
            Found::Folder => {}
            Found::File(_) => return Err(error("ENOTDIR", "scandir", Some(path))),
            Found::Nothing => return Err(error("ENOENT", "scandir", Some(path))),
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
    /// Node's error if there is no such file.
    pub fn unlink(&mut self, path: &str) -> Result<(), FileError> {
        let (place, found) = self.look(path, "unlink")?;
        match found {
            Found::File(content) => {
                self.used -= content.bytes;
                self.entries.remove(place.as_str());
                Ok(())
            }
            Found::Folder => Err(error("EISDIR", "unlink", Some(path))),
            Found::Nothing => Err(error("ENOENT", "unlink", Some(path))),
        }
    }

    /// Makes a folder, and the folders above it if `recursive`; returns the path of the first one that it made.
    ///
    /// # Errors
    /// Node's error if there is such a file or folder already, or no folder for it.
    pub fn make_folder(&mut self, path: &str, recursive: bool) -> Result<Option<String>, FileError> {
        let (place, found) = self.look(path, "mkdir")?;
        match found {
            Found::Folder if recursive => return Ok(None),
            Found::Nothing => {}
            _ => return Err(error("EEXIST", "mkdir", Some(path))),
        }
        if !place.starts_with("/tmp/") {
            return Err(error("EROFS", "mkdir", Some(path)));
        }
        let mut first = None;
        // From the top down: each index at which a name ends.
        for (end, _) in place.match_indices('/').skip(2).chain([(place.len(), "")]) {
            let part = &place[..end];
            if self.entries.contains_key(part) {
                continue;
            }
            if end < place.len() && !recursive {
                return Err(error("ENOENT", "mkdir", Some(path)));
            }
            if self.entries.len() >= limits::FILES {
                return Err(error("ENOSPC", "mkdir", Some(path)));
            }
            first.get_or_insert_with(|| part.to_owned());
            self.entries.insert(part.into(), Entry::Folder);
        }
        Ok(first)
    }

    fn size_of(&self, place: &str) -> u64 {
        match self.entries.get(place) {
            Some(Entry::File(content)) => content.bytes,
            _ => 0,
        }
    }

    /// The normal form of a path, and the entry under it; an error names the system call `call`.
    fn look(&self, path: &str, call: &'static str) -> Result<(String, Found<'_>), FileError> {
        if path.len() > limits::PATH_BYTES || path.split('/').any(|name| name.len() > limits::NAME_BYTES) {
            return Err(error("ENAMETOOLONG", call, Some(path)));
        }
        if path.is_empty() {
            return Err(error("ENOENT", call, Some(path)));
        }
        let place = normal(path);
        let is_file = |place: &str| matches!(self.entries.get(place), Some(Entry::File(_)));
        let below_a_file = place.match_indices('/').any(|(end, _)| is_file(&place[..end]));
        if below_a_file || path.ends_with('/') && is_file(&place) {
            return Err(error("ENOTDIR", call, Some(path)));
        }
        let found = match self.entries.get(place.as_str()) {
            Some(Entry::File(content)) => Found::File(content),
            Some(Entry::Folder) => Found::Folder,
            None if matches!(place.as_str(), "/" | ROOT) => Found::Folder,
            None => Found::Nothing,
        };
        Ok((place, found))
    }

    /// The normal form of a path to which a file can be written.
    fn place_for_writing(&self, path: &str) -> Result<String, FileError> {
        let fails = |code| Err(error(code, "open", Some(path)));
        let (place, found) = self.look(path, "open")?;
        if matches!(found, Found::Folder) {
            return fails("EISDIR");
        }
        if !place.starts_with("/tmp/") {
            // The deployment package is mounted read-only; only /tmp takes writes.
            return fails("EROFS");
        }
        if let Found::File(_) = found {
            return Ok(place);
        }
        let parent = place.rsplit_once('/').map_or(ROOT, |(parent, _)| parent);
        if parent != ROOT && !self.entries.contains_key(parent) {
            return fails("ENOENT");
        }
        if path.ends_with('/') {
            return fails("EISDIR");
        }
        if self.entries.len() >= limits::FILES {
            return fails("ENOSPC");
        }
        Ok(place)
    }
}

/// An error of the system with Node's message.
pub fn error(code: &'static str, call: &'static str, path: Option<&str>) -> FileError {
    let words = ERRORS.iter().find(|row| row.0 == code).map_or("", |row| row.2);
    let message = match path {
        Some(path) => format!("{code}: {words}, {call} '{path}'"),
        None => format!("{code}: {words}, {call}"),
    };
    FileError { code, call, path: path.map(Into::into), message }
}

/// The normal form of a path, without `.`, `..`, doubled and trailing slashes. A relative path starts in /var/task, the
/// working directory of a function.
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
    fn a_written_string_is_shared_not_copied() {
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
