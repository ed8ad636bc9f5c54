//! What the bytes say. A table of the numbers with which files begin, and a few looks inside.

use crate::{
    judge::Sample,
    kinds::{OLE, TEXT, ZIP},
};

/// Beginnings, at offset 0.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"\x7fELF", "application/x-executable"),
    (b"\xcf\xfa\xed\xfe", "application/x-executable"),
    (b"\xca\xfe\xba\xbe", "application/x-executable"),
    (b"MZ", "application/x-msdownload"),
    (b"#!", "application/x-sh"),
];

/// What a text is that begins so, white space and case aside.
const MARKUP: &[(&str, &str)] = &[
    ("<!doctype html", "text/html"),
    ("<html", "text/html"),
    ("<head", "text/html"),
    ("<body", "text/html"),
    ("<script", "text/html"),
    ("<iframe", "text/html"),
    ("<!--", "text/html"),
    ("<svg", "image/svg+xml"),
    ("<?xml", "application/xml"),
    ("<!doctype", "application/xml"),
];

/// The content type; `ending` helps where the bytes are the same.
pub(crate) fn sniff(sample: &Sample<'_>, ending: &str) -> Option<&'static str> {
    let head = sample.head;
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Some(zip(sample));
    }
    if head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Some(match ending {
            "doc" => "application/msword",
            "xls" => "application/vnd.ms-excel",
            "ppt" => "application/vnd.ms-powerpoint",
            _ => OLE,
        });
    }
    if head.starts_with(b"RIFF") {
        return match head.get(8..12)? {
            b"WEBP" => Some("image/webp"),
            b"WAVE" => Some("audio/wav"),
            _ => None,
        };
    }
    if head.get(4..8) == Some(b"ftyp") {
        return boxes(head);
    }
    let begins = BEGINNINGS.iter().find(|(bytes, _)| head.starts_with(bytes));
    begins
        .map(|(_, content_type)| *content_type)
        .or_else(|| text(head))
}

/// What a ZIP file holds, by the names in its first entries and in its directory at the end.
fn zip(sample: &Sample<'_>) -> &'static str {
    let has = |name: &str| {
        let name = name.as_bytes();
        let within = |bytes: &[u8]| bytes.windows(name.len()).any(|window| window == name);
        within(sample.head) || within(sample.tail)
    };
    let own = sample.head.get(30..).unwrap_or_default();
    for (words, content_type) in [
        (
            "mimetypeapplication/vnd.oasis.opendocument.text",
            "application/vnd.oasis.opendocument.text",
        ),
        (
            "mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
            "application/vnd.oasis.opendocument.spreadsheet",
        ),
        (
            "mimetypeapplication/vnd.oasis.opendocument.presentation",
            "application/vnd.oasis.opendocument.presentation",
        ),
    ] {
        if own.starts_with(words.as_bytes()) {
            return content_type;
        }
    }
    if has("AndroidManifest.xml") {
        return "application/vnd.android.package-archive";
    }
    if has("META-INF/MANIFEST.MF") {
        return "application/java-archive";
    }
    if has("[Content_Types].xml") {
        for (part, content_type) in [
            (
                "word/",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            (
                "xl/",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ),
            (
                "ppt/",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            ),
        ] {
            if has(part) {
                return content_type;
            }
        }
    }
    ZIP
}

/// ISO base media: the brand says what it is.
fn boxes(head: &[u8]) -> Option<&'static str> {
    Some(match head.get(8..12)? {
        b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1" => "image/heic",
        b"avif" | b"avis" => "image/avif",
        b"M4A " | b"M4B " => "audio/mp4",
        b"qt  " => "video/quicktime",
        _ => "video/mp4",
    })
}

/// A text has no control characters, in whatever encoding; markup is told apart, for browsers would
/// run what is in it.
fn text(head: &[u8]) -> Option<&'static str> {
    let utf16 = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    let control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    if head.is_empty() || (!utf16 && head.iter().any(|byte| control(byte) || *byte == 0x7f)) {
        return None;
    }
    // Without the zeros of UTF-16, so that markup in it is seen, too.
    let plain = head
        .iter()
        .copied()
        .filter(|byte| byte.is_ascii() && *byte != 0);
    let lower: String = plain
        .map(|byte| byte.to_ascii_lowercase() as char)
        .collect();
    let begun = lower.trim_start();
    let markup = MARKUP.iter().find(|(words, _)| begun.starts_with(words));
    Some(match markup {
        Some((_, "application/xml")) if begun.contains("<svg") => "image/svg+xml",
        Some((_, "application/xml")) if begun.contains("<html") => "text/html",
        Some((_, content_type)) => content_type,
        None => TEXT,
    })
}
