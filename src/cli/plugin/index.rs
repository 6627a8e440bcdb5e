//! `switchboard plugin index`: lists the packages of a folder for those who install from it.

use std::io::ErrorKind;
use std::path::Path;

use crate::cli::failure::FOUND;
use crate::cli::{Common, Failure};
use crate::installer::{INDEX_FILE, Index, Listing, Signer};
use crate::plugin_host::Package;

/// Reads every package, and writes the index in one step.
pub(super) fn make(common: &Common, folder: &Path) -> Result<(), Failure> {
    let found = |problem: String| Failure::new(FOUND, problem);
    let entries =
        std::fs::read_dir(folder).map_err(|error| found(format!("cannot read {}: {error}", folder.display())))?;
    let mut files: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "wasm"))
        .collect();
    files.sort();
    let mut listings = Vec::new();
    let mut keys = None;
    for file in &files {
        let (listing, wasm) = listing(file).map_err(found)?;
        if listing.signature.is_some() && keys.is_none() {
            keys = Some(common.load(None)?.plugins().keys);
        }
        let trusted = keys.as_deref().unwrap_or_default();
        let signer = Signer::of(&wasm, listing.signature.as_deref(), trusted);
        match signer.map_err(|why| found(format!("{}: {why}", file.display())))? {
            Signer::Trusted(id) => println!("{}: signed by the key {id}, and the signature fits.", listing.file),
            Signer::Unknown(id) => println!(
                "{}: signature by the key {id}, not checked: the key is not one of `plugins.keys` here.",
                listing.file
            ),
            Signer::Nobody | Signer::Program => {}
        }
        listings.push(listing);
    }
    if listings.is_empty() {
        return Err(found(format!("{} holds no .wasm files", folder.display()))
            .hint("`switchboard plugin build` makes one of a plugin's folder"));
    }
    let count = listings.len();
    let index = Index::new(listings).map_err(found)?;
    let text = serde_json::to_string_pretty(&index).map_err(anyhow::Error::from)?;
    let (file, unfinished) = (folder.join(INDEX_FILE), folder.join("index.json.unfinished"));
    std::fs::write(&unfinished, format!("{text}\n"))
        .and_then(|()| std::fs::rename(&unfinished, &file))
        .map_err(|error| found(format!("cannot write {}: {error}", file.display())))?;
    let packages = if count == 1 { "package" } else { "packages" };
    println!("{} lists {count} {packages}.", file.display());
    Ok(())
}

/// What the index says of a package, and the package.
fn listing(file: &Path) -> Result<(Listing, Vec<u8>), String> {
    let wasm = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let package = Package::read(&wasm).map_err(|problems| format!("{}: {}", file.display(), problems.join("; ")))?;
    let name = file.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| format!("the name of {} is not UTF-8", file.display()))?;
    let signature = signature(file)?;
    let listing = Listing::of(&package, &wasm, name.to_owned(), signature);
    Ok((listing, wasm))
}

/// The text of the `.minisig` file beside a package, if there is one.
fn signature(package: &Path) -> Result<Option<String>, String> {
    let mut file = package.as_os_str().to_owned();
    file.push(".minisig");
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {}: {error}", Path::new(&file).display())),
    }
}
