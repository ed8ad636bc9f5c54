//! A picture, made anew: decoded within limits, turned upright, scaled down when it is very large,
//! and written without anything but its pixels. What was in the file besides (where it was taken, by
//! whom, other files glued to it) is not in what is kept.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops::FilterType,
};

use crate::{Kind, Refused, known};

/// Of JPEGs, 1 to 100: what is shown, and what only stands for it.
const QUALITY: u8 = 85;
const THUMB_QUALITY: u8 = 80;
/// A picture without transparency that takes more bytes than this as PNG is a JPEG, if that halves it.
const PNG_BYTES_MAX: usize = 256 * 1024;

/// How large pictures may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureLimits {
    /// Width times height of what is decoded; each pixel takes up to 16 bytes for a moment.
    pub pixels_max: u64,
    /// Longest side of what is kept, in pixels.
    pub side_max: u32,
    /// Longest side of a thumbnail, in pixels.
    pub thumb_side_max: u32,
}

/// A picture as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// JPEG or PNG.
    pub kind: &'static Kind,
    /// It.
    pub whole: Made,
    /// Smaller; `None` when it is small itself.
    pub thumbnail: Option<Made>,
}

/// An encoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Encoded.
    pub bytes: Vec<u8>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Decodes a picture of this kind and writes it anew. Of a moving picture the first one stays.
///
/// Computes for as long as it takes: not for an asynchronous thread.
///
/// # Errors
/// When it has too many pixels, which is seen before anything is decoded, or cannot be decoded.
pub fn remake(kind: &Kind, bytes: &[u8], limits: &PictureLimits) -> Result<Picture, Refused> {
    let format = ImageFormat::from_mime_type(kind.content_type).ok_or(Refused::Damaged)?;
    let upright = decode(format, bytes, limits)?;
    let whole = within(&upright, limits.side_max);
    let lossless = matches!(format, ImageFormat::Png | ImageFormat::Gif);
    let (kind, made) = encode(&whole, lossless, QUALITY)?;
    let small = whole.width().max(whole.height()) <= limits.thumb_side_max;
    let thumbnail = match small {
        true => None,
        false => Some(encode(&within(&whole, limits.thumb_side_max), false, THUMB_QUALITY)?.1),
    };
    Ok(Picture {
        kind,
        whole: made,
        thumbnail,
    })
}

fn decode(
    format: ImageFormat,
    bytes: &[u8],
    limits: &PictureLimits,
) -> Result<DynamicImage, Refused> {
    let pixels_max = limits.pixels_max;
    let refused = |error: ImageError| match error {
        ImageError::Limits(_) => Refused::Pixels { pixels_max },
        _ => Refused::Damaged,
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut bounds = Limits::default();
    bounds.max_alloc = Some(pixels_max.saturating_mul(16).saturating_add(1 << 20));
    reader.limits(bounds);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Refused::Damaged);
    }
    if u64::from(width) * u64::from(height) > pixels_max {
        return Err(Refused::Pixels { pixels_max });
    }
    // Where it cannot be read the picture is as upright as it says.
    let orientation = decoder.orientation().ok();
    let mut image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
    }
    // Eight bits a channel, and transparency only where there is some.
    let image = match image.color().has_alpha() {
        true => DynamicImage::ImageRgba8(image.into_rgba8()),
        false => DynamicImage::ImageRgb8(image.into_rgb8()),
    };
    Ok(match &image {
        DynamicImage::ImageRgba8(pixels) if pixels.pixels().all(|pixel| pixel.0[3] == u8::MAX) => {
            DynamicImage::ImageRgb8(image.into_rgb8())
        }
        _ => image,
    })
}

/// The same, with no side longer than this. At least a pixel stays of each.
fn within(image: &DynamicImage, side_max: u32) -> DynamicImage {
    if image.width().max(image.height()) <= side_max {
        return image.clone();
    }
    let side = side_max.max(1);
    image.resize(side, side, FilterType::CatmullRom)
}

fn encode(
    image: &DynamicImage,
    lossless: bool,
    quality: u8,
) -> Result<(&'static Kind, Made), Refused> {
    let clear = image.color().has_alpha();
    let (content_type, bytes) = if clear {
        ("image/png", png(image)?)
    } else if lossless {
        let exact = png(image)?;
        let lossy = match exact.len() > PNG_BYTES_MAX {
            true => Some(jpeg(image, quality)?).filter(|lossy| lossy.len() * 2 < exact.len()),
            false => None,
        };
        match lossy {
            Some(lossy) => ("image/jpeg", lossy),
            None => ("image/png", exact),
        }
    } else {
        ("image/jpeg", jpeg(image, quality)?)
    };
    let made = Made {
        bytes,
        width: image.width(),
        height: image.height(),
    };
    let kind = known(content_type).ok_or(Refused::Damaged)?;
    Ok((kind, made))
}

fn jpeg(image: &DynamicImage, quality: u8) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    let written = image.write_with_encoder(encoder);
    written.map_err(|_| Refused::Damaged)?;
    Ok(bytes)
}

fn png(image: &DynamicImage) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let written = image.write_with_encoder(PngEncoder::new(&mut bytes));
    written.map_err(|_| Refused::Damaged)?;
    Ok(bytes)
}
