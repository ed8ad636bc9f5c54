//! The types that are known.

/// A type of content.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// As HTTP names it.
    pub content_type: &'static str,
    /// How names of such files end, the usual ending first.
    pub endings: &'static [&'static str],
    /// What it is on the outside, where it is a container: a word document is a ZIP file, too.
    pub inside: Option<&'static str>,
}

impl Kind {
    /// A picture that is made anew.
    #[must_use]
    pub fn is_picture(&self) -> bool {
        matches!(
            self.content_type,
            "image/jpeg" | "image/png" | "image/webp" | "image/gif"
        )
    }
}

const fn kind(content_type: &'static str, endings: &'static [&'static str]) -> Kind {
    Kind {
        content_type,
        endings,
        inside: None,
    }
}

const fn within(
    outer: &'static str,
    content_type: &'static str,
    endings: &'static [&'static str],
) -> Kind {
    Kind {
        content_type,
        endings,
        inside: Some(outer),
    }
}

pub(crate) const ZIP: &str = "application/zip";
pub(crate) const OLE: &str = "application/x-ole-storage";
pub(crate) const TEXT: &str = "text/plain";

/// All of them, allowed or not: what is not allowed is refused by its name.
static KINDS: &[Kind] = &[
    kind("image/jpeg", &["jpg", "jpeg", "jpe", "jfif"]),
    kind("image/png", &["png"]),
    kind("image/webp", &["webp"]),
    kind("image/gif", &["gif"]),
    kind("image/bmp", &["bmp"]),
    kind("image/tiff", &["tif", "tiff"]),
    kind("image/heic", &["heic", "heif"]),
    kind("image/avif", &["avif"]),
    kind("image/svg+xml", &["svg"]),
    kind("application/pdf", &["pdf"]),
    kind(ZIP, &["zip"]),
    within(
        ZIP,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &["docx", "docm"],
    ),
    within(
        ZIP,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        &["xlsx", "xlsm"],
    ),
    within(
        ZIP,
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        &["pptx", "pptm"],
    ),
    within(ZIP, "application/vnd.oasis.opendocument.text", &["odt"]),
    within(
        ZIP,
        "application/vnd.oasis.opendocument.spreadsheet",
        &["ods"],
    ),
    within(
        ZIP,
        "application/vnd.oasis.opendocument.presentation",
        &["odp"],
    ),
    within(ZIP, "application/java-archive", &["jar"]),
    within(ZIP, "application/vnd.android.package-archive", &["apk"]),
    kind(OLE, &["msi"]),
    within(OLE, "application/msword", &["doc"]),
    within(OLE, "application/vnd.ms-excel", &["xls"]),
    within(OLE, "application/vnd.ms-powerpoint", &["ppt"]),
    kind("application/rtf", &["rtf"]),
    kind("application/gzip", &["gz", "tgz"]),
    kind("application/x-7z-compressed", &["7z"]),
    kind("application/vnd.rar", &["rar"]),
    kind("audio/mpeg", &["mp3"]),
    kind("audio/wav", &["wav"]),
    kind("audio/ogg", &["ogg", "oga", "opus"]),
    kind("audio/amr", &["amr"]),
    kind("audio/mp4", &["m4a"]),
    kind("video/mp4", &["mp4", "m4v"]),
    kind("video/quicktime", &["mov"]),
    kind("video/webm", &["webm", "mkv"]),
    kind("text/html", &["html", "htm", "xhtml"]),
    kind("application/xml", &["xml"]),
    kind("application/x-sh", &["sh"]),
    kind("application/x-msdownload", &["exe", "dll", "scr", "com"]),
    kind("application/x-executable", &["elf", "so"]),
    kind(
        TEXT,
        &[
            "txt", "csv", "log", "md", "json", "tsv", "ini", "yaml", "yml",
        ],
    ),
];

/// Content types that are taken unless an operator says otherwise.
pub const USUAL: [&str; 24] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "application/pdf",
    "text/plain",
    "application/zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/rtf",
    "audio/mpeg",
    "audio/ogg",
    "audio/amr",
    "audio/mp4",
    "video/mp4",
    "video/quicktime",
    "video/webm",
];

/// A kind by its content type.
#[must_use]
pub fn known(content_type: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.content_type == content_type)
}

/// Kinds by the ending of a name, without the dot, in lower case.
pub(crate) fn ending(ending: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.endings.contains(&ending))
}
