//! A small synthesizer: pads, plucked arpeggios and a bass over a chord progression. Enough for a demo that is pleasant
//! to hear and free of anybody's rights.

/// Samples per second.
pub const RATE_HZ: f64 = 44_100.0;

/// How a piece is played.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    /// Beats per minute.
    pub tempo_bpm: f64,
    /// MIDI number of the key's root.
    pub root: i32,
    /// Chords, each by the semitones of its notes above the root; one bar of four beats each.
    pub chords: &'static [&'static [i32]],
    /// Order in which a bar's eighths take the chord's notes; octaves follow when it runs past them.
    pub arpeggio: [usize; 8],
    /// Bars.
    pub bars: usize,
    /// 0 is a soft, 1 a bright sound.
    pub brightness: f64,
}

/// Interleaved stereo, 16 bits little endian.
pub fn render(piece: &Piece) -> Vec<u8> {
    let bar_s = 240.0 / piece.tempo_bpm;
    let mut sound = Sound::silence(to_f64(piece.bars) * bar_s + TAIL_S);
    for bar in 0..piece.bars {
        let chord = piece.chords[bar % piece.chords.len()];
        play_bar(&mut sound, piece, chord, to_f64(bar) * bar_s, bar);
    }
    sound.echo(bar_s * 0.1875, 0.32);
    sound.to_bytes()
}

/// The last notes fade out in this time.
const TAIL_S: f64 = 3.0;

fn play_bar(sound: &mut Sound, piece: &Piece, chord: &[i32], at_s: f64, bar: usize) {
    let bar_s = 240.0 / piece.tempo_bpm;
    for (n, step) in chord.iter().enumerate() {
        let pan = 0.25 + 0.5 * to_f64(n) / to_f64(chord.len());
        sound.add(&Note {
            at_s,
            length_s: bar_s * 1.1,
            hz: pitch(piece.root + step),
            loud: 0.05,
            pan,
            attack_s: bar_s * 0.3,
            decay_s: bar_s * 1.5,
            bright: 0.15,
        });
    }
    sound.add(&Note {
        at_s,
        length_s: bar_s * 0.9,
        hz: pitch(piece.root + chord[0] - 24),
        loud: 0.2,
        pan: 0.5,
        attack_s: 0.02,
        decay_s: bar_s * 0.6,
        bright: 0.3,
    });
    // The first two bars are the pad alone.
    if bar < 2 {
        return;
    }
    for (eighth, place) in piece.arpeggio.iter().enumerate() {
        let octave = i32::try_from(place / chord.len()).unwrap_or(0) * 12;
        let step = chord[place % chord.len()] + octave + 12;
        let loud = if eighth % 4 == 0 { 0.15 } else { 0.1 };
        let at_s = at_s + to_f64(eighth) * bar_s / 8.0;
        let pan = if eighth % 2 == 0 { 0.35 } else { 0.65 };
        sound.add(&Note {
            at_s,
            length_s: 1.2,
            hz: pitch(piece.root + step),
            loud,
            pan,
            attack_s: 0.005,
            decay_s: 0.28,
            bright: piece.brightness,
        });
    }
}

/// Frequency of a MIDI number.
fn pitch(midi: i32) -> f64 {
    440.0 * 2f64.powf(f64::from(midi - 69) / 12.0)
}

struct Note {
    at_s: f64,
    length_s: f64,
    hz: f64,
    loud: f64,
    /// 0 left, 1 right.
    pan: f64,
    attack_s: f64,
    decay_s: f64,
    /// Strength of the overtones.
    bright: f64,
}

struct Sound {
    left: Vec<f64>,
    right: Vec<f64>,
}

impl Sound {
    fn silence(length_s: f64) -> Self {
        let samples = to_samples(length_s);
        Self { left: vec![0.0; samples], right: vec![0.0; samples] }
    }

    fn add(&mut self, note: &Note) {
        let partials = [(1.0, 1.0), (2.0, 0.5), (3.0, 0.28), (4.0, 0.12)];
        for (n, (multiple, strength)) in partials.into_iter().enumerate() {
            let strength = if n == 0 { strength } else { strength * note.bright };
            // Overtones die sooner, as on a string.
            self.add_partial(note, note.hz * multiple, note.loud * strength, note.decay_s / multiple.sqrt());
        }
    }

    fn add_partial(&mut self, note: &Note, hz: f64, loud: f64, decay_s: f64) {
        let first = to_samples(note.at_s);
        let len = to_samples(note.length_s).min(self.left.len().saturating_sub(first));
        let (release, attack) = (to_samples(0.05), to_samples(note.attack_s).max(1));
        // A sine by recurrence, and an exponential decay by multiplication: no call of `sin` per sample.
        let step = std::f64::consts::TAU * hz / RATE_HZ;
        let (factor, mut before, mut now) = (2.0 * step.cos(), -step.sin(), 0.0);
        let fall = (-1.0 / (decay_s * RATE_HZ)).exp();
        let mut level = loud;
        for n in 0..len {
            let rise = (to_f64(n) / to_f64(attack)).min(1.0);
            let end = (to_f64(len - n) / to_f64(release)).min(1.0);
            let value = now * level * rise * end;
            self.left[first + n] += value * (1.0 - note.pan);
            self.right[first + n] += value * note.pan;
            (before, now) = (now, factor * now - before);
            level *= fall;
        }
    }

    /// Echoes that cross from side to side.
    fn echo(&mut self, delay_s: f64, strength: f64) {
        let delay = to_samples(delay_s).max(1);
        for n in delay..self.left.len() {
            self.left[n] += self.right[n - delay] * strength;
            self.right[n] += self.left[n - delay] * strength;
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let loudest = self.left.iter().chain(&self.right).fold(1e-9, |most: f64, value| most.max(value.abs()));
        let gain = 0.8 / loudest;
        self.left
            .iter()
            .zip(&self.right)
            .flat_map(|(l, r)| [l, r])
            .flat_map(|value| to_i16(value * gain).to_le_bytes())
            .collect()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
fn to_i16(value: f64) -> i16 {
    (value.clamp(-1.0, 1.0) * f64::from(i16::MAX)) as i16
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "minutes of sound, never negative")]
fn to_samples(seconds: f64) -> usize {
    (seconds.max(0.0) * RATE_HZ) as usize
}

#[expect(clippy::cast_precision_loss, reason = "sample counts are far below 2^52")]
fn to_f64(value: usize) -> f64 {
    value as f64
}
