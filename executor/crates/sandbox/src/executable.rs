// SPDX-License-Identifier: Apache-2.0
//! The worker's executable as a file that can be started: in memory and sealed, so that it lies nowhere and nobody can change it.
//!
//! An operator may have forbidden executable files in memory (`vm.memfd_noexec` is 2, which some hardened systems set). Then it
//! is a file of this user in a folder for temporary ones, which loses its name before anybody starts it. Who could
//! change it could change the node: the same user, and root.

use crate::error::SandboxError;
use crate::mapping::sealed_file;
use rustix::fd::OwnedFd;
use rustix::fs::{fstatvfs, MemfdFlags, StatVfsMountFlags};
use rustix::io::Errno;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, process};

/// The worker, as the build script compiled it.
pub(crate) static WORKER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/worker"));

/// Where the file may be if it cannot be in memory, behind the folder that the environment names for temporary files.
const FOLDERS: [&str; 4] = ["/tmp", "/var/tmp", "/run", "/dev/shm"];
/// How many names are tried in a folder.
const NAMES_MAX: u32 = 8;

/// Makes the file.
pub(crate) fn make() -> Result<OwnedFd, SandboxError> {
    let in_memory = sealed_file("vm-worker", MemfdFlags::EXEC, WORKER.len() as u64, |mut file| {
        file.write_all(WORKER).map_err(SandboxError::io("writing the worker"))
    });
    match in_memory {
        Err(SandboxError::System { errno, .. }) if errno == Errno::ACCESS.raw_os_error() => {
            let folders = FOLDERS.map(PathBuf::from);
            in_first_of(core::iter::once(env::temp_dir()).chain(folders)).map_err(SandboxError::io(
                "writing the worker to a folder, as no executable file may be in memory,",
            ))
        }
        made => made,
    }
}

/// Makes the file in the first of these folders in which it can be made and executed.
fn in_first_of(folders: impl Iterator<Item = PathBuf>) -> io::Result<OwnedFd> {
    let mut trouble = io::Error::from(Errno::NOENT);
    for folder in folders {
        match in_folder(&folder) {
            Ok(file) => return Ok(file.into()),
            Err(error) => trouble = error,
        }
    }
    Err(trouble)
}

/// Makes the file, without a name and open for reading only: what is open for writing cannot be executed.
fn in_folder(folder: &Path) -> io::Result<File> {
    let (path, mut written) = create(folder)?;
    let read = File::open(&path);
    // From here on nobody finds it.
    fs::remove_file(&path)?;
    let read = read?;
    let of = |file: &File| file.metadata().map(|of| (of.dev(), of.ino()));
    if of(&read)? != of(&written)? {
        // Somebody who may put other files in place of ours could do so at any time, but has not got this one.
        return Err(Errno::PERM.into());
    }
    if fstatvfs(&read)?.f_flag.contains(StatVfsMountFlags::NOEXEC) {
        return Err(Errno::ACCESS.into());
    }
    written.write_all(WORKER)?;
    Ok(read)
}

/// Creates a file under a name that there is not yet.
fn create(folder: &Path) -> io::Result<(PathBuf, File)> {
    // Others may have used names up, not more: a name that exists is never opened, a link never followed.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o500);
    for number in 0..NAMES_MAX {
        let path = folder.join(format!("vm-worker-{}-{now:x}-{number}", process::id()));
        match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|file| (path, file)),
        }
    }
    Err(Errno::EXIST.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    /// A folder that only this test uses.
    fn folder(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("revive-vm-{name}-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_file_in_a_folder_has_no_name_and_is_not_written() {
        let folder = folder("executable");
        let missing = folder.join("missing");
        let file = in_first_of([missing, folder.clone()].into_iter()).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "the name is left");
        fs::remove_dir(&folder).unwrap();
        let content = fs::read(format!("/proc/self/fd/{}", file.as_raw_fd())).unwrap();
        assert!(content == WORKER);
        assert_eq!(rustix::io::write(&file, b"!"), Err(Errno::BADF));
        let mode = File::from(file).metadata().unwrap().mode();
        assert_eq!(mode & 0o777, 0o500);
    }

    #[test]
    fn what_went_wrong_last_is_said() {
        let nowhere = ["/proc/self/fd", "/nonexistent"].map(PathBuf::from).into_iter();
        assert_eq!(in_first_of(nowhere).unwrap_err().raw_os_error(), Some(Errno::NOENT.raw_os_error()));
        // Files can be made here, but not executed.
        let shared = Path::new("/dev/shm");
        let may_execute = |file: &File| !fstatvfs(file).unwrap().f_flag.contains(StatVfsMountFlags::NOEXEC);
        if File::open(shared).is_ok_and(|file| !may_execute(&file)) {
            assert_eq!(in_folder(shared).unwrap_err().raw_os_error(), Some(Errno::ACCESS.raw_os_error()));
        }
    }
}
