//! Names of files, as they are shown and offered for saving. Nothing is ever stored under them.

use crate::{Kind, judge::ending_of};

/// Characters of a name.
pub const NAME_CHARS_MAX: usize = 100;

/// A name without directories, control characters and marks that turn the direction of writing, that
/// ends as files of this kind do.
#[must_use]
pub fn clean(name: &str, kind: &Kind) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = last.chars().filter_map(|c| match c {
        '"' | '<' | '>' | ':' | '|' | '?' | '*' => Some('_'),
        c if c.is_control() || turns(c) => None,
        c if c.is_whitespace() => Some(' '),
        c => Some(c),
    });
    let name: String = harmless.collect();
    let name = name.trim_matches(|c: char| c == '.' || c == ' ');
    let usual = kind.endings.first().copied().unwrap_or("bin");
    let ending = ending_of(name);
    let (stem, ending) = match kind.endings.contains(&ending.as_str()) {
        true => (&name[..name.len() - ending.len() - 1], ending.as_str()),
        // The ending of a picture that became another one goes.
        false if kind.is_picture() && is_pictures(&ending) => {
            (&name[..name.len() - ending.len() - 1], usual)
        }
        false => (name, usual),
    };
    let stem = stem.trim_matches(|c: char| c == '.' || c == ' ');
    let most = NAME_CHARS_MAX - ending.len() - 1;
    let stem: String = stem.chars().take(most).collect();
    match stem.trim_end() {
        "" if kind.is_picture() => format!("image.{ending}"),
        "" => format!("file.{ending}"),
        stem => format!("{stem}.{ending}"),
    }
}

fn is_pictures(ending: &str) -> bool {
    crate::kinds::ending(ending).is_some_and(|kind| kind.content_type.starts_with("image/"))
}

/// Invisible, or makes "gpj.exe" look like "exe.jpg".
const fn turns(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{061c}')
}

#[cfg(test)]
mod tests {
    use super::{NAME_CHARS_MAX, clean};
    use crate::{Kind, known};

    fn kind(content_type: &str) -> &'static Kind {
        known(content_type).expect("it is known")
    }

    #[test]
    fn names_lead_nowhere_and_end_as_they_should() {
        let pdf = kind("application/pdf");
        for (name, expected) in [
            ("../../etc/passwd", "passwd.pdf"),
            ("..\\..\\boot.ini", "boot.ini.pdf"),
            ("合同 第1版.PDF", "合同 第1版.pdf"),
            ("a\u{202e}fdp.exe", "afdp.exe.pdf"),
            ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
            ("...", "file.pdf"),
            ("", "file.pdf"),
            (".pdf", "pdf.pdf"),
            ("a/", "file.pdf"),
            ("a.", "a.pdf"),
        ] {
            assert_eq!(clean(name, pdf), expected, "{name:?}");
        }
        let jpeg = kind("image/jpeg");
        assert_eq!(clean("photo.webp", jpeg), "photo.jpg");
        assert_eq!(clean("photo.JPEG", jpeg), "photo.jpeg");
        assert_eq!(clean("v1.2", jpeg), "v1.2.jpg");
        let long = clean(&"长".repeat(500), jpeg);
        assert_eq!(long.chars().count(), NAME_CHARS_MAX);
        assert!(long.ends_with(".jpg"));
    }
}
