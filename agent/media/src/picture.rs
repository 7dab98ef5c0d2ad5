//! Covers: which files beside the music are covers, and small pictures of them.
//!
//! Pictures are hostile until decoded: their pixels are counted before, and what is sent on was encoded here.

use std::{io::Cursor, panic, path::Path};

use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// A folder's cover that is larger is passed by: 16 MiB is a scan of a whole booklet.
pub const FOLDER_COVER_BYTES_MAX: u64 = 16 << 20;

/// 40 megapixels, 6300 × 6300, need 120 MiB while they are made small.
const PIXELS_MAX: u64 = 40_000_000;
/// Longest side; longer pictures are no covers.
const SIDE_MAX: u32 = 16_384;
/// Memory of a decoder: 40 megapixels with alpha, twice.
const DECODER_BYTES_MAX: u64 = 320 << 20;
/// Quality of the small pictures: no visible blocks at 96 pixels, 20–40 kB at 512.
const JPEG_QUALITY: u8 = 82;

/// Pictures that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
}

/// A small picture, encoded here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// JPEG bytes.
    pub bytes: Vec<u8>,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Thumbnail {
    /// Media type of every thumbnail.
    pub const MEDIA_TYPE: &'static str = "image/jpeg";
}

/// Why there is no small picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Not JPEG, PNG or WebP.
    #[error("the picture is neither JPEG, PNG nor WebP")]
    Unknown,
    /// Too many pixels to decode safely.
    #[error("the picture has too many pixels")]
    TooLarge,
    /// Broken bytes.
    #[error("the picture is broken")]
    Broken,
}

/// The format by the first bytes; `None` for anything else.
#[must_use]
pub fn picture_format(bytes: &[u8]) -> Option<PictureFormat> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(PictureFormat::Jpeg),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(PictureFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(PictureFormat::WebP),
        _ => None,
    }
}

/// How well a file name suits a folder's cover, 0 best; `None` when it is none.
#[must_use]
pub fn folder_cover_rank(name: &Path) -> Option<u8> {
    let ending = name.extension()?.to_str()?.to_ascii_lowercase();
    if !matches!(ending.as_str(), "jpg" | "jpeg" | "png" | "webp") {
        return None;
    }
    let stem = name.file_stem()?.to_str()?.to_ascii_lowercase();
    Some(match stem.as_str() {
        "cover" => 0,
        "folder" => 1,
        "front" => 2,
        "album" | "albumart" => 3,
        "artwork" | "thumb" => 4,
        stem if stem.starts_with("cover") || stem.contains("front") => 5,
        stem if stem.starts_with("albumart") && stem.ends_with("large") => 6,
        _ => return None,
    })
}

/// Decodes a picture and makes it fit a square of `side` pixels. It is never made larger.
///
/// # Errors
/// [`PictureError`] for anything that is no picture within the limits; hostile bytes never panic.
pub fn thumbnail(bytes: &[u8], side: u32) -> Result<Thumbnail, PictureError> {
    panic::catch_unwind(|| decode_small(bytes, side)).unwrap_or(Err(PictureError::Broken))
}

fn decode_small(bytes: &[u8], side: u32) -> Result<Thumbnail, PictureError> {
    let format = match picture_format(bytes).ok_or(PictureError::Unknown)? {
        PictureFormat::Jpeg => image::ImageFormat::Jpeg,
        PictureFormat::Png => image::ImageFormat::Png,
        PictureFormat::WebP => image::ImageFormat::WebP,
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODER_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| reason(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(PictureError::TooLarge);
    }
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| reason(&error))?;
    if width > side || height > side {
        picture = picture.thumbnail(side, side);
    }
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    encode(&on_white(picture))
}

fn encode(picture: &RgbImage) -> Result<Thumbnail, PictureError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(picture).map_err(|_| PictureError::Broken)?;
    Ok(Thumbnail { bytes, width: picture.width(), height: picture.height() })
}

/// JPEG knows no transparency: what shows through becomes white.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let clear = picture.into_rgba8();
    RgbImage::from_fn(clear.width(), clear.height(), |x, y| {
        let [red, green, blue, alpha] = clear.get_pixel(x, y).0;
        let mix = |colour: u8| {
            let mixed = (u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Rgb([mix(red), mix(green), mix(blue)])
    })
}

fn reason(error: &image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(_) => PictureError::TooLarge,
        _ => PictureError::Broken,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::ImageRgba8(image::RgbaImage::from_pixel(width, height, image::Rgba([200, 0, 0, 0])))
            .write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png)
            .unwrap();
        bytes
    }

    #[test]
    fn a_picture_is_made_to_fit_and_never_larger() {
        let small = thumbnail(&png(400, 200), 96).unwrap();
        assert_eq!((small.width, small.height), (96, 48));
        assert_eq!(picture_format(&small.bytes), Some(PictureFormat::Jpeg));
        let same = thumbnail(&png(40, 20), 96).unwrap();
        assert_eq!((same.width, same.height), (40, 20));
    }

    #[test]
    fn what_was_transparent_becomes_white() {
        let small = thumbnail(&png(16, 16), 96).unwrap();
        let decoded = image::load_from_memory(&small.bytes).unwrap().into_rgb8();
        assert!(decoded.pixels().all(|pixel| pixel.0.iter().all(|&part| part > 250)));
    }

    #[test]
    fn a_picture_that_claims_too_many_pixels_is_refused_before_it_is_decoded() {
        let mut bytes = png(8, 8);
        bytes[16..24].copy_from_slice(&[0, 0, 0x3f, 0xff, 0, 0, 0x3f, 0xff]);
        // The header's checksum must fit, else the picture is just broken.
        assert!(matches!(thumbnail(&bytes, 96), Err(PictureError::TooLarge | PictureError::Broken)));
        assert_eq!(thumbnail(b"GIF89a", 96), Err(PictureError::Unknown));
    }

    #[test]
    fn covers_beside_the_music_are_known_by_name() {
        let rank = |name: &str| folder_cover_rank(Path::new(name));
        assert_eq!(rank("cover.jpg"), Some(0));
        assert_eq!(rank("Folder.JPG"), Some(1));
        assert_eq!(rank("front.png"), Some(2));
        assert_eq!(rank("back.jpg"), None);
        assert_eq!(rank("cover.txt"), None);
    }

    proptest! {
        #[test]
        fn mutated_pictures_never_panic(at in 0usize..400, value: u8, cut in 0usize..400) {
            let mut bytes = png(32, 32);
            let place = at % bytes.len();
            bytes[place] = value;
            bytes.truncate(bytes.len().saturating_sub(cut % 64));
            let _ = thumbnail(&bytes, 96);
        }
    }
}
