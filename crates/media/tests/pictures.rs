//! Pictures, good and bad, as they come in.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use kefu_media::{Claim, Kind, PictureLimits, Refused, Sample, clean, judge, known, remake};
use proptest::prelude::*;

const LIMITS: PictureLimits = PictureLimits {
    pixels_max: 1_000_000,
    side_max: 400,
    thumb_side_max: 100,
};

fn kind(content_type: &str) -> &'static Kind {
    known(content_type).expect("it is known")
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

/// Black, but for a red corner at the top left.
fn cornered(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        let corner = x < width / 4 && y < height / 4;
        Rgb(if corner { [255, 0, 0] } else { [0, 0, 0] })
    }))
}

/// `jpeg` with an EXIF segment that says how it is to be turned, and where it was taken.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"GPS 31.2304N 121.4737E of somebody");
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, &exif, &jpeg[2..]].concat()
}

fn holds(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}

#[test]
fn a_picture_is_turned_upright_and_says_nothing_but_its_pixels() {
    let jpeg = encoded(&cornered(80, 40), ImageFormat::Jpeg);
    let turned = with_exif(&jpeg, 6);
    assert!(holds(&turned, b"GPS"));
    let picture = remake(kind("image/jpeg"), &turned, &LIMITS).expect("it is good");
    assert_eq!((picture.whole.width, picture.whole.height), (40, 80));
    assert_eq!(picture.thumbnail, None, "it is small");
    for secret in [&b"GPS"[..], b"Exif", b"31.2304"] {
        assert!(!holds(&picture.whole.bytes, secret));
    }
    let shown = image::load_from_memory(&picture.whole.bytes).expect("readable");
    // Turned by a quarter to the right, the corner is at the top right.
    let red = shown.to_rgb8().get_pixel(37, 2).0[0];
    let black = shown.to_rgb8().get_pixel(2, 2).0[0];
    assert!(red > 200 && black < 60, "{red} {black}");
}

#[test]
fn large_pictures_are_scaled_and_have_a_thumbnail() {
    for format in [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let bytes = encoded(&cornered(900, 450), format);
        let picture = remake(kind(format.to_mime_type()), &bytes, &LIMITS).expect("it is good");
        assert_eq!(
            (picture.whole.width, picture.whole.height),
            (400, 200),
            "{format:?}"
        );
        let thumbnail = picture.thumbnail.expect("it is large");
        assert_eq!((thumbnail.width, thumbnail.height), (100, 50));
        for made in [&picture.whole, &thumbnail] {
            let shown = image::load_from_memory(&made.bytes).expect("readable");
            assert_eq!((shown.width(), shown.height()), (made.width, made.height));
        }
    }
    // However thin, something stays of it.
    let thin = encoded(&cornered(2_000, 1), ImageFormat::Png);
    let picture = remake(kind("image/png"), &thin, &LIMITS).expect("it is good");
    assert_eq!((picture.whole.width, picture.whole.height), (400, 1));
}

#[test]
fn what_is_transparent_stays_so_and_what_is_not_is_small() {
    let clear = RgbaImage::from_fn(200, 200, |x, _| {
        Rgba([9, 9, 9, if x < 9 { 0 } else { 255 }])
    });
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let bytes = encoded(&DynamicImage::ImageRgba8(clear.clone()), format);
        let picture = remake(kind(format.to_mime_type()), &bytes, &LIMITS).expect("it is good");
        assert_eq!(picture.kind.content_type, "image/png");
        let shown = image::load_from_memory(&picture.whole.bytes).expect("readable");
        assert_eq!(shown.to_rgba8().get_pixel(0, 0).0[3], 0);
    }
    // A slope with a little noise, as a camera sees it.
    let photo = RgbImage::from_fn(1_000, 1_000, |x, y| {
        let mixed =
            (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).wrapping_mul(2_246_822_519);
        let noise = |shift: u32| ((x / 8 + y / 16) + ((mixed >> shift) & 7)) as u8;
        Rgb([noise(8), noise(16), noise(24)])
    });
    let photo = encoded(&DynamicImage::ImageRgb8(photo), ImageFormat::Png);
    let large = PictureLimits {
        side_max: 2_000,
        ..LIMITS
    };
    let picture = remake(kind("image/png"), &photo, &large).expect("it is good");
    assert_eq!(picture.kind.content_type, "image/jpeg", "a photo as PNG");
}

/// A PNG that says it has this many pixels, of which it holds none.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(&cornered(8, 8), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// ISO 3309, as PNG has it.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(!0, step)
}

#[test]
fn a_bomb_is_refused_before_it_is_decoded() {
    let too_large = Err(Refused::Pixels {
        pixels_max: LIMITS.pixels_max,
    });
    for (width, height) in [(60_000, 60_000), (1_001, 1_000), (0x7fff_ffff, 1)] {
        let refused = remake(kind("image/png"), &bomb(width, height), &LIMITS);
        assert_eq!(refused, too_large, "{width} x {height}");
    }
    assert_eq!(
        remake(kind("image/png"), &bomb(0, 9), &LIMITS),
        Err(Refused::Damaged)
    );
    let within = remake(kind("image/png"), &bomb(1_000, 1_000), &LIMITS);
    assert_eq!(within, Err(Refused::Damaged), "the pixels are not there");
}

#[test]
fn what_was_cut_off_is_damaged() {
    let whole = encoded(&cornered(300, 300), ImageFormat::Png);
    let cut = remake(kind("image/png"), &whole[..whole.len() / 2], &LIMITS);
    assert_eq!(cut, Err(Refused::Damaged));
    assert_eq!(
        remake(kind("image/png"), b"", &LIMITS),
        Err(Refused::Damaged)
    );
}

fn formats() -> impl Strategy<Value = ImageFormat> {
    prop::sample::select(vec![
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is glued to, put into or knocked out of a picture: no panic, and nothing of it is in
    /// what is kept.
    #[test]
    fn no_bytes_harm(
        format in formats(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        tail in prop::collection::vec(any::<u8>(), 0..64),
        orientation in any::<u8>(),
    ) {
        let mut bytes = encoded(&cornered(64, 48), format);
        if format == ImageFormat::Jpeg {
            bytes = with_exif(&bytes, orientation);
        }
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.extend(b"glued-to-its-end");
        bytes.extend(tail);
        if let Ok(picture) = remake(kind(format.to_mime_type()), &bytes, &LIMITS) {
            let made = [Some(&picture.whole), picture.thumbnail.as_ref()];
            for made in made.into_iter().flatten() {
                prop_assert!(!holds(&made.bytes, b"glued-to"));
                prop_assert!(!holds(&made.bytes, b"Exif") && !holds(&made.bytes, b"GPS"));
                let again = image::load_from_memory(&made.bytes).expect("what was made is good");
                prop_assert_eq!((again.width(), again.height()), (made.width, made.height));
            }
        }
    }

    #[test]
    fn no_content_and_no_name_harm(
        head in prop::collection::vec(any::<u8>(), 0..80),
        tail in prop::collection::vec(any::<u8>(), 0..80),
        name in ".{0,150}",
        content_type in ".{0,20}",
    ) {
        let all = ["image/png", "text/plain", "application/zip", "video/mp4"].map(str::to_owned);
        let claim = Claim { name: &name, content_type: &content_type };
        let _ = judge(claim, &Sample { head: &head, tail: &tail }, &all);
        for content_type in ["image/jpeg", "application/pdf", "text/plain"] {
            let kind = kind(content_type);
            let cleaned = clean(&name, kind);
            prop_assert!(cleaned.chars().count() <= kefu_media::NAME_CHARS_MAX);
            let harmful = |c: char| c.is_control() || "/\\\"<>:|?*".contains(c);
            prop_assert!(!cleaned.contains(harmful), "{:?}", cleaned);
            let ends = |ending: &&str| cleaned.ends_with(&[".", ending].concat());
            prop_assert!(kind.endings.iter().any(ends));
            prop_assert_eq!(clean(&cleaned, kind), cleaned.clone(), "a clean name stays");
        }
    }
}
