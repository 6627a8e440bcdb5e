//! Files of a Bot API server of one's own, which in its local mode says where they lie instead of sending them:
//! <https://core.telegram.org/bots/api#using-a-local-bot-api-server>.

use std::path::{Path, PathBuf};

use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use super::attachment::{BYTES_MAX, Missing};
use super::failure::Fetch;

/// The bytes of a file below `folder`. What the server names elsewhere is not read, nor what a link leads to.
pub(super) async fn read(folder: &Path, named: &str) -> Result<Vec<u8>, Fetch> {
    let path = within(folder, named).await.ok_or(Fetch::Never(Missing::NotGiven))?;
    let file = File::open(path).await.map_err(|_| Fetch::Later(None))?;
    let mut bytes = Vec::new();
    let read = file.take(BYTES_MAX as u64 + 1).read_to_end(&mut bytes).await;
    read.map_err(|_| Fetch::Later(None))?;
    if bytes.len() > BYTES_MAX {
        return Err(Fetch::Never(Missing::TooLarge));
    }
    Ok(bytes)
}

/// Where the file really lies, if that is in the folder.
async fn within(folder: &Path, named: &str) -> Option<PathBuf> {
    let (folder, path) = (
        tokio::fs::canonicalize(folder).await.ok()?,
        tokio::fs::canonicalize(named).await.ok()?,
    );
    path.starts_with(&folder).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_files_of_the_servers_own_folder_are_read() {
        let all = tempfile::tempdir().unwrap();
        let folder = all.path().join("server");
        std::fs::create_dir(&folder).unwrap();
        let put = |path: PathBuf, bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            path.display().to_string()
        };
        let inside = put(folder.join("photo.jpg"), b"photo");
        let outside = put(all.path().join("secret"), b"secret");
        let around = folder.join("../secret").display().to_string();
        let linked = folder.join("link");
        std::os::unix::fs::symlink(&outside, &linked).unwrap();
        assert_eq!(read(&folder, &inside).await.ok(), Some(b"photo".to_vec()));
        for named in [outside, around, linked.display().to_string(), "photos/1.jpg".to_owned()] {
            let refused = read(&folder, &named).await;
            assert!(matches!(refused, Err(Fetch::Never(Missing::NotGiven))), "{named}");
        }
        let large = put(folder.join("large"), &vec![0; BYTES_MAX + 1]);
        assert!(matches!(
            read(&folder, &large).await,
            Err(Fetch::Never(Missing::TooLarge))
        ));
    }
}
