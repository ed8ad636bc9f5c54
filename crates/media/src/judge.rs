//! What a file is, and whether it is taken.

use crate::{
    Refused,
    kinds::{self, Kind, TEXT},
    sniff::sniff,
};

/// What was said of a file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Claim<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its content type; empty: nothing was said.
    pub content_type: &'a str,
}

/// What is looked at of a file's content.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sample<'a> {
    /// Its first bytes.
    pub head: &'a [u8],
    /// Its last bytes; may overlap with the first.
    pub tail: &'a [u8],
}

/// What a file is, by its content.
///
/// A picture may be said to be any picture, for it is made anew; everything else must be what its
/// name and its content type say, as far as they say anything that is known.
///
/// # Errors
/// When it is nothing known, nothing allowed, or not what was said.
pub fn judge(
    claim: Claim<'_>,
    sample: &Sample<'_>,
    allowed: &[String],
) -> Result<&'static Kind, Refused> {
    let ending = ending_of(claim.name);
    let found = sniff(sample, &ending).ok_or(Refused::Unknown)?;
    let kind = kinds::known(found).ok_or(Refused::Unknown)?;
    if !allowed.iter().any(|one| one == found) {
        return Err(Refused::Forbidden(found));
    }
    let mismatch = |said: &str| Refused::Mismatch {
        said: said.chars().take(80).collect(),
        found,
    };
    if kinds::ending(&ending).is_some_and(|said| !agrees(said, kind)) {
        return Err(mismatch(&format!(".{ending}")));
    }
    let essence = claim.content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    if kinds::known(&essence).is_some_and(|said| !agrees(said, kind)) {
        return Err(mismatch(&essence));
    }
    Ok(kind)
}

fn agrees(said: &Kind, found: &Kind) -> bool {
    let container = found.inside == Some(said.content_type);
    let pictures = said.content_type.starts_with("image/") && found.is_picture();
    // Markup is a text as well; that it is taken for one was decided by what is allowed.
    let texts = said.content_type == TEXT && found.content_type.starts_with("text/");
    said == found || container || pictures || texts
}

/// What follows the last dot, in lower case.
pub(crate) fn ending_of(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((_, ending)) if ending.len() <= 8 => ending.trim().to_ascii_lowercase(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Claim, Sample, judge};
    use crate::Refused;

    fn allowed() -> Vec<String> {
        [
            "image/png",
            "image/jpeg",
            "application/pdf",
            "application/zip",
            "text/plain",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn found(name: &str, content_type: &str, head: &[u8]) -> Result<&'static str, Refused> {
        let claim = Claim { name, content_type };
        let sample = Sample { head, tail: head };
        judge(claim, &sample, &allowed()).map(|kind| kind.content_type)
    }

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n....";

    #[test]
    fn the_content_decides_what_it_is() {
        assert_eq!(found("a.png", "image/png", PNG), Ok("image/png"));
        assert_eq!(found("a", "", PNG), Ok("image/png"));
        assert_eq!(found("a.jpg", "image/jpeg", PNG), Ok("image/png"));
        assert_eq!(
            found("注意.txt", "text/plain", "你好".as_bytes()),
            Ok("text/plain")
        );
        assert_eq!(found("a.csv", "text/csv", b"a,b\r\n1,2"), Ok("text/plain"));
        assert_eq!(
            found("a.pdf", "application/octet-stream", b"%PDF-1.7"),
            Ok("application/pdf")
        );
    }

    #[test]
    fn what_lies_is_refused() {
        let lies = |said: &str, found| {
            Err(Refused::Mismatch {
                said: said.to_owned(),
                found,
            })
        };
        assert_eq!(found("a.pdf", "", PNG), lies(".pdf", "image/png"));
        assert_eq!(
            found("a.png", "", b"%PDF-1.7"),
            lies(".png", "application/pdf")
        );
        assert_eq!(
            found("a", "application/pdf", b"just words"),
            lies("application/pdf", "text/plain")
        );
    }

    #[test]
    fn what_is_not_allowed_is_refused_by_its_name() {
        for (head, kind) in [
            (&b"MZ\x90\0"[..], "application/x-msdownload"),
            (b" <!DOCTYPE HTML><p>", "text/html"),
            (b"<?xml version='1.0'?><svg onload='x'/>", "image/svg+xml"),
            (b"<\0s\0v\0g\0 \0>\0", "image/svg+xml"),
            (b"#!/bin/sh\n", "application/x-sh"),
            (b"GIF89a", "image/gif"),
        ] {
            // UTF-16 without its mark has control characters, and is no text.
            let expected = match head.get(1) {
                Some(0) => Refused::Unknown,
                _ => Refused::Forbidden(kind),
            };
            assert_eq!(found("a.txt", "text/plain", head), Err(expected));
        }
        let marked = b"\xff\xfe<\0s\0v\0g\0 \0>\0";
        assert_eq!(
            found("a", "", marked),
            Err(Refused::Forbidden("image/svg+xml"))
        );
        assert_eq!(found("a", "", b"\0\x01\x02"), Err(Refused::Unknown));
        assert_eq!(found("a", "", b""), Err(Refused::Unknown));
    }

    #[test]
    fn a_document_is_told_from_the_archive_that_it_is() {
        let zip = |names: &str| [b"PK\x03\x04".as_slice(), names.as_bytes()].concat();
        let plain = zip("readme.txt");
        assert_eq!(
            found("a.zip", "application/x-zip-compressed", &plain),
            Ok("application/zip")
        );
        let word = zip("[Content_Types].xml word/document.xml");
        let kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        assert_eq!(
            found("a.zip", "application/zip", &word),
            Err(Refused::Forbidden(kind))
        );
        let package = zip("AndroidManifest.xml");
        let kind = "application/vnd.android.package-archive";
        assert_eq!(found("a.zip", "", &package), Err(Refused::Forbidden(kind)));
    }
}
