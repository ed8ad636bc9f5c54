//! Any bytes under any name are a known kind or refused, and a picture that is taken is made anew
//! within its limits.
#![no_main]

use kefu_media::{Claim, Kind, PictureLimits, Sample, USUAL, clean, judge, known, remake};
use libfuzzer_sys::fuzz_target;

const LIMITS: PictureLimits = PictureLimits {
    pixels_max: 1 << 20,
    side_max: 256,
    thumb_side_max: 64,
};

// A line with the name, a line with the content type, then the file.
fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(3, |byte| *byte == b'\n');
    let mut next = || parts.next().unwrap_or_default();
    let (name, content_type, bytes) = (next(), next(), next());
    let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
    let (name, content_type) = (text(name), text(content_type));
    let sample = Sample {
        head: &bytes[..bytes.len().min(1024)],
        tail: &bytes[bytes.len().saturating_sub(64)..],
    };
    let allowed: Vec<String> = USUAL.iter().map(ToString::to_string).collect();
    if let Ok(kind) = judge(Claim { name, content_type }, &sample, &allowed) {
        let cleaned = clean(name, kind);
        assert!(!cleaned.is_empty() && !cleaned.contains(['/', '\\', '\0']));
        made_anew(kind, bytes);
    }
    for picture in ["image/png", "image/jpeg", "image/gif", "image/webp"] {
        made_anew(known(picture).expect("a known kind"), bytes);
    }
});

fn made_anew(kind: &Kind, bytes: &[u8]) {
    if !kind.is_picture() {
        return;
    }
    if let Ok(picture) = remake(kind, bytes, &LIMITS) {
        assert!(picture.whole.width.max(picture.whole.height) <= LIMITS.side_max);
        let again = remake(picture.kind, &picture.whole.bytes, &LIMITS).expect("our own picture");
        assert_eq!(again.whole.width, picture.whole.width);
    }
}
