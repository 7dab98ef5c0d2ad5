//! Lines for people: results on stdout, errors on stderr. A closed pipe is no reason to fail.

use std::io::{self, IsTerminal as _, Write as _};

use qrcode::{Color, QrCode};

/// A line on stdout.
pub(super) fn line(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// A line on stderr.
pub(super) fn error(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether a person reads stdout.
pub(super) fn is_seen() -> bool {
    io::stdout().is_terminal()
}

/// A QR code in half blocks, dark on light whatever the terminal's colours; `None` when the text is too long.
pub(super) fn qr(text: &str) -> Option<String> {
    const QUIET: usize = 2;
    let code = QrCode::new(text).ok()?;
    let width = code.width();
    let is_dark = |x: usize, y: usize| {
        let inside = (QUIET..width + QUIET).contains(&x) && (QUIET..width + QUIET).contains(&y);
        inside && code[(x - QUIET, y - QUIET)] == Color::Dark
    };
    let mut picture = String::new();
    for y in (0..width + 2 * QUIET).step_by(2) {
        picture.push_str("\x1b[30;107m");
        for x in 0..width + 2 * QUIET {
            picture.push(match (is_dark(x, y), is_dark(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        picture.push_str("\x1b[0m\n");
    }
    Some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_becomes_blocks_of_one_width() {
        let picture = qr("https://portal.example/device?code=BCDF-GHJK").unwrap();
        let widths: Vec<_> = picture.lines().map(|line| line.chars().count()).collect();
        assert!(widths.len() > 10);
        assert!(widths.iter().all(|width| *width == widths[0]));
        assert!(qr(&"x".repeat(10_000)).is_none());
    }
}
