// SPDX-License-Identifier: Apache-2.0
//! The folder with kept translations: whose it is, how files are read and written there, and how much they may be.

use std::{
    fs::File,
    io::{ErrorKind, Read, Write},
    os::unix::fs::DirBuilderExt,
    path::Path,
    sync::{
        atomic::{AtomicU64, Ordering::Relaxed},
        Mutex, PoisonError,
    },
    time::{SystemTime, UNIX_EPOCH},
};

use rustix::{
    fd::{AsFd, OwnedFd},
    fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, Timespec, Timestamps, UTIME_NOW},
    io::Errno,
};

/// Digits of a file's name.
const NAME_BYTES: usize = 32;
/// What a file's name ends with.
const SUFFIX: &str = ".kept";
/// What the name of a file that is being written ends with.
const UNFINISHED: &str = ".new";
/// Seconds after which nobody writes to such a file any more.
const UNFINISHED_SECONDS_MAX: i64 = 3600;
/// Bits of a mode that let others than the owner write.
const OTHERS_WRITE: u32 = 0o022;

/// See the module.
#[derive(Debug)]
pub(super) struct Folder {
    folder: OwnedFd,
    bytes_max: u64,
    /// Bytes of the files, as far as this process knows.
    bytes: Mutex<u64>,
    /// Files written so far.
    count: AtomicU64,
}

/// A file in the folder.
struct Entry {
    name: String,
    bytes: u64,
    /// When it was used last, in seconds and nanoseconds.
    used: (i64, i64),
}

impl Folder {
    /// Errors: it cannot be used, and why, as a clause.
    pub(super) fn open(path: &Path, bytes_max: u64) -> Result<Self, String> {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        const NO_FOLDER: &str = "it is no folder, or a symbolic link to one";
        made.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => NO_FOLDER.to_owned(),
            _ => format!("it is not there and cannot be made ({error})"),
        })?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // Without a slash or a dot at its end, with which a link would be followed.
        let folder = rustix::fs::open(path.components().as_path(), flags, Mode::empty()).map_err(
            |error| match error {
                Errno::LOOP | Errno::NOTDIR => NO_FOLDER.to_owned(),
                error => format!("it cannot be opened ({error})"),
            },
        )?;
        let status =
            rustix::fs::fstat(&folder).map_err(|error| format!("it cannot be looked at ({error})"))?;
        check_owner(&status)?;
        let folder = Self { folder, bytes_max, bytes: Mutex::default(), count: AtomicU64::new(0) };
        let mut known = 0;
        folder.make_room(0, &mut known).map_err(|error| format!("it cannot be listed ({error})"))?;
        Ok(Self { bytes: Mutex::new(known), ..folder })
    }

    /// All of a file; `None` if there is none. Errors: why it cannot be used.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        // Not blocking, or a pipe of this name would hold up who opens it.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&self.folder, format!("{name}{SUFFIX}"), flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err("it is a symbolic link".into()),
            Err(error) => return Err(format!("it cannot be opened ({error})")),
        };
        let failed = |error: &dyn core::fmt::Display| format!("it cannot be read ({error})");
        let status = rustix::fs::fstat(&file).map_err(|error| failed(&error))?;
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
            return Err("it is no file".into());
        }
        check_owner(&status)?;
        let size = u64::try_from(status.st_size).unwrap_or(u64::MAX);
        if size > self.bytes_max {
            return Err(format!("it has {size} bytes, more than {} for all", self.bytes_max));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        // It may grow meanwhile.
        (&file).take(size).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
        // So that it goes last. If that fails, it goes earlier.
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        let _ = rustix::fs::futimens(&file, &Timestamps { last_access: now, last_modification: now });
        Ok(Some(bytes))
    }

    /// Writes a file, in place of the one that there may be. Errors: why that did not work.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let len = bytes.len() as u64;
        if len > self.bytes_max {
            return Err(format!("{len} bytes are more than {} for all", self.bytes_max));
        }
        // Others write meanwhile; but nobody looks at what is being removed.
        let mut known = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = |error: std::io::Error| error.to_string();
        if known.saturating_add(len) > self.bytes_max {
            self.make_room(len, &mut known).map_err(failed)?;
        }
        let (unfinished, mut file) = self.begin(name).map_err(|error| failed(error.into()))?;
        let mut finish = || {
            file.write_all(bytes)?;
            Ok(rustix::fs::renameat(&self.folder, &unfinished, &self.folder, format!("{name}{SUFFIX}"))?)
        };
        let written = finish();
        if written.is_err() {
            let _ = rustix::fs::unlinkat(&self.folder, &unfinished, AtFlags::empty());
        }
        written.map_err(failed)?;
        *known += len;
        Ok(())
    }

    /// Makes a file to write to, and its name: another one than all that there are. Processes that share the folder from containers of
    /// their own can have the same number, and each must leave alone what the other one is writing.
    fn begin(&self, name: &str) -> Result<(String, File), Errno> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        loop {
            let number = self.count.fetch_add(1, Relaxed);
            let unfinished = format!("{name}-{}-{number}{UNFINISHED}", std::process::id());
            match rustix::fs::openat(&self.folder, &unfinished, flags, Mode::RUSR | Mode::WUSR) {
                Err(Errno::EXIST) => {}
                opened => return Ok((unfinished, File::from(opened?))),
            }
        }
    }

    /// Removes what was not used for longest until there is room for so many bytes, and what nobody finished. Sets what is
    /// known of the bytes that are there.
    fn make_room(&self, len: u64, known: &mut u64) -> std::io::Result<()> {
        let mut entries = self.list()?;
        let mut bytes: u64 = entries.iter().map(|entry| entry.bytes).sum();
        if bytes.saturating_add(len) > self.bytes_max {
            entries.sort_by_key(|entry| entry.used);
            // A little more than needed, so that it is not done again for the next one.
            let enough = (self.bytes_max - self.bytes_max / 8).saturating_sub(len);
            for entry in entries {
                if bytes <= enough {
                    break;
                }
                match rustix::fs::unlinkat(&self.folder, &entry.name, AtFlags::empty()) {
                    Ok(()) | Err(Errno::NOENT) => bytes -= entry.bytes,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        *known = bytes;
        Ok(())
    }

    /// What is kept there. Removes what nobody finished.
    fn list(&self) -> std::io::Result<Vec<Entry>> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() as i64;
        let mut entries = Vec::new();
        for item in Dir::read_from(self.folder.as_fd())? {
            let item = item?;
            let Ok(name) = item.file_name().to_str() else { continue };
            let digits = name.get(..NAME_BYTES).unwrap_or_default();
            if digits.len() != NAME_BYTES || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                continue;
            }
            let Ok(status) = rustix::fs::statat(&self.folder, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            // Its type depends on how system calls are made, which other crates of a build may choose.
            #[allow(clippy::unnecessary_cast)]
            let used = (status.st_mtime, status.st_mtime_nsec as i64);
            if name.ends_with(UNFINISHED) {
                if now.saturating_sub(used.0) > UNFINISHED_SECONDS_MAX {
                    let _ = rustix::fs::unlinkat(&self.folder, name, AtFlags::empty());
                }
            } else if &name[NAME_BYTES..] == SUFFIX {
                let bytes = u64::try_from(status.st_size).unwrap_or(0);
                entries.push(Entry { name: name.into(), bytes, used });
            }
        }
        Ok(entries)
    }
}

/// Whether nobody but this process's user could have written there.
fn check_owner(status: &Stat) -> Result<(), String> {
    let own = rustix::process::geteuid().as_raw();
    if status.st_uid != own {
        return Err(format!("it belongs to user {}, and this process to user {own}", status.st_uid));
    }
    if status.st_mode & OTHERS_WRITE != 0 {
        return Err(format!(
            "others than its owner may write to it (mode {:o}): take that right away with `chmod go-w`",
            status.st_mode & 0o7777
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::PathBuf};

    const NAME: &str = "0123456789abcdef0123456789abcdef";

    /// A folder for a test, which is removed at its end, and its path.
    struct Temporary(Folder, PathBuf);

    impl Temporary {
        fn new(test: &str) -> Self {
            let path = std::env::temp_dir().join(format!("revive-vm-folder-{}-{test}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(Folder::open(&path, 1000).unwrap(), path)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.1).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.1);
        }
    }

    /// The first process of each container has the number 1.
    #[test]
    fn what_a_process_of_the_same_number_is_writing_is_left_alone() {
        let folder = Temporary::new("same-number");
        let theirs = folder.1.join(format!("{NAME}-{}-0{UNFINISHED}", std::process::id()));
        fs::write(&theirs, b"half").unwrap();
        folder.0.write(NAME, b"all of it").unwrap();
        assert_eq!(folder.0.read(NAME), Ok(Some(b"all of it".to_vec())));
        assert_eq!(fs::read(&theirs).unwrap(), b"half");
    }

    #[test]
    fn a_link_is_no_folder_however_it_is_written() {
        let folder = Temporary::new("link");
        let link = folder.1.join("link");
        std::os::unix::fs::symlink(&folder.1, &link).unwrap();
        for end in ["", "/", "/.", "//"] {
            let path = PathBuf::from(format!("{}{end}", link.display()));
            assert_eq!(Folder::open(&path, 1000).unwrap_err(), "it is no folder, or a symbolic link to one");
            let itself = PathBuf::from(format!("{}{end}", folder.1.display()));
            Folder::open(&itself, 1000).unwrap();
        }
    }

    #[test]
    fn what_cannot_be_finished_is_taken_away() {
        let folder = Temporary::new("unfinished");
        let kept = format!("{NAME}{SUFFIX}");
        // No file can take the place of a folder.
        fs::create_dir(folder.1.join(&kept)).unwrap();
        folder.0.write(NAME, b"all of it").unwrap_err();
        assert_eq!(folder.names(), [kept]);
    }
}
