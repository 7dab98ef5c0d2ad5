//! QR codes as drawings in a page.

use qrcode::{Color, EcLevel, QrCode};

/// Light squares around a code (ISO/IEC 18004 §5.3.8).
const QUIET: usize = 4;

/// A QR code to be drawn: a square of `size` units, and a path of unit squares to be filled dark.
pub(crate) struct Drawing {
    /// Width and height, the quiet zone included.
    pub(crate) size: usize,
    /// The `d` of an SVG path.
    pub(crate) path: String,
}

/// The QR code of a link; `None` when the link is too long for one.
pub(crate) fn drawing(link: &str) -> Option<Drawing> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET));
        }
    }
    Some(Drawing { size: width + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_keeps_its_quiet_zone() {
        let drawing = drawing("https://music.example.org/approve?code=BCDF-GHJK").unwrap();
        assert!(drawing.path.starts_with(&format!("M{QUIET} {QUIET}h1v1h-1z")), "a finder stands in the corner");
        assert!(drawing.size >= 21 + 2 * QUIET);
        assert!(drawing_is_inside(&drawing));
        assert!(super::drawing(&"x".repeat(5_000)).is_none());
    }

    fn drawing_is_inside(drawing: &Drawing) -> bool {
        let squares = drawing.path.split('M').skip(1);
        let mut places = squares.map(|square| {
            let (x, rest) = square.split_once(' ').unwrap();
            let (y, _) = rest.split_once('h').unwrap();
            (x.parse::<usize>().unwrap(), y.parse::<usize>().unwrap())
        });
        places.all(|(x, y)| [x, y].iter().all(|at| (QUIET..drawing.size - QUIET).contains(at)))
    }
}
