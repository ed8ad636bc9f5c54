//! The pages are embedded from `web/dist`. Where they are not built yet, a page that says how
//! stands in, so that the Rust half builds and tests alone.

use std::{fs, io, path::Path};

const MISSING: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Kefu</title>
<p>The pages are not part of this build. Run <code>make web</code>, then build again.
";

fn main() -> io::Result<()> {
    let dist = Path::new("../../web/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    for page in ["index.html", "agent.html", "setup.html", "widget.html"] {
        let path = dist.join(page);
        if !path.exists() {
            fs::create_dir_all(dist)?;
            fs::write(path, MISSING)?;
        }
    }
    Ok(())
}
