//! Covers, drawn by arithmetic: a soft gradient with discs and a horizon, different for every seed.

use anyhow::Result;
use image::{ImageEncoder as _, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// Colours of a cover, from the sky down.
type Palette = [[f32; 3]; 4];

const PALETTES: [Palette; 6] = [
    [[16.0, 42.0, 67.0], [44.0, 105.0, 117.0], [224.0, 187.0, 132.0], [246.0, 241.0, 225.0]],
    [[59.0, 31.0, 43.0], [178.0, 58.0, 72.0], [252.0, 185.0, 178.0], [254.0, 240.0, 225.0]],
    [[22.0, 24.0, 48.0], [67.0, 56.0, 120.0], [126.0, 96.0, 191.0], [228.0, 177.0, 240.0]],
    [[33.0, 53.0, 38.0], [91.0, 125.0, 76.0], [188.0, 196.0, 123.0], [250.0, 243.0, 205.0]],
    [[28.0, 28.0, 30.0], [92.0, 84.0, 76.0], [191.0, 161.0, 125.0], [240.0, 228.0, 208.0]],
    [[11.0, 57.0, 84.0], [8.0, 126.0, 139.0], [191.0, 215.0, 234.0], [255.0, 90.0, 95.0]],
];

/// A square JPEG of `side` pixels.
///
/// # Errors
/// When the encoder fails.
pub fn jpeg(seed: u32, side: u32) -> Result<Vec<u8>> {
    let palette = PALETTES[seed as usize % PALETTES.len()];
    let scene = Scene::of(seed);
    let scale = 1.0 / to_f32(side);
    let picture = RgbImage::from_fn(side, side, |x, y| scene.pixel(&palette, to_f32(x) * scale, to_f32(y) * scale));
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 88).write_image(&picture, side, side, image::ExtendedColorType::Rgb8)?;
    Ok(bytes)
}

/// Where things stand, in parts of the side.
struct Scene {
    disc: (f32, f32, f32),
    waves: [(f32, f32, f32); 3],
}

impl Scene {
    fn of(seed: u32) -> Self {
        // A fraction from the seed; another salt, another fraction.
        let draw =
            |salt: u32| to_f32((seed.wrapping_mul(2_654_435_761).wrapping_add(salt * 40_503) >> 8) & 0xff) / 255.0;
        let wave = |n: u32| (0.55 + 0.14 * to_f32(n), 1.5 + 3.0 * draw(10 + n), 6.0 * draw(20 + n));
        Self {
            disc: (0.25 + 0.5 * draw(1), 0.22 + 0.2 * draw(2), 0.11 + 0.1 * draw(3)),
            waves: [wave(0), wave(1), wave(2)],
        }
    }

    fn pixel(&self, palette: &Palette, x: f32, y: f32) -> Rgb<u8> {
        let mut colour = mix(palette[0], palette[2], (y * 1.5).min(1.0));
        let (cx, cy, radius) = self.disc;
        let from_disc = (x - cx).hypot(y - cy) - radius;
        colour = mix(palette[3], colour, smooth(from_disc, 0.006));
        colour = mix(mix(palette[3], colour, 0.75), colour, smooth(from_disc, 0.12));
        for (n, (height, frequency, phase)) in self.waves.iter().enumerate() {
            let edge = height + 0.05 * (x * frequency * 2.0 + phase).sin() + 0.02 * (x * frequency * 7.0 + phase).cos();
            let depth = to_f32(u32::try_from(n).unwrap_or(0)) / 3.0;
            colour = mix(colour, mix(palette[1], palette[0], depth + 0.15), smooth(y - edge, 0.004));
        }
        Rgb(colour.map(to_byte))
    }
}

/// 0 below zero, 1 above `width`, in between a ramp.
fn smooth(distance: f32, width: f32) -> f32 {
    (distance / width).clamp(0.0, 1.0)
}

fn mix(from: [f32; 3], to: [f32; 3], part: f32) -> [f32; 3] {
    [0, 1, 2].map(|n| from[n] + (to[n] - from[n]) * part)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn to_byte(value: f32) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

#[expect(clippy::cast_precision_loss, reason = "pixels and small counts are far below 2^24")]
fn to_f32(value: u32) -> f32 {
    value as f32
}
