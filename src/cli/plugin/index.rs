//! `switchboard plugin index`: lists the packages of a folder for those who install from it.

use std::path::Path;

use crate::cli::Failure;
use crate::cli::failure::FOUND;
use crate::installer::{INDEX_FILE, Index, Listing};
use crate::plugin_host::Package;

/// Reads every package, and writes the index in one step.
pub(super) fn make(folder: &Path) -> Result<(), Failure> {
    let found = |problem: String| Failure::new(FOUND, problem);
    let entries =
        std::fs::read_dir(folder).map_err(|error| found(format!("cannot read {}: {error}", folder.display())))?;
    let mut files: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "wasm"))
        .collect();
    files.sort();
    let listings = files
        .iter()
        .map(|file| listing(file))
        .collect::<Result<Vec<_>, _>>()
        .map_err(found)?;
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

fn listing(file: &Path) -> Result<Listing, String> {
    let wasm = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let package = Package::read(&wasm).map_err(|problems| format!("{}: {}", file.display(), problems.join("; ")))?;
    let mut signature = file.as_os_str().to_owned();
    signature.push(".minisig");
    let name = file.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| format!("the name of {} is not UTF-8", file.display()))?;
    let signature = std::fs::read_to_string(signature).ok();
    Ok(Listing::of(&package, &wasm, name.to_owned(), signature))
}
