// What a page really plays: the frequency in the decoded samples of its media element.
import { until } from './process.mjs';

/**
 * The strongest frequency that sounds now in Hz, and its level; `null` while it is silent. `wanted_db` is the level at the
 * wanted frequency.
 */
export function heard(page, wanted_hz = null) {
  return page.evaluate(async (wanted_hz) => {
    const element = document.querySelector('video, audio');
    if (!element || element.paused || element.readyState < 3) return null;
    const ear = (window.__ear ??= {});
    if (ear.element !== element || !ear.stream?.active || ear.track?.readyState !== 'live' || ear.src !== element.currentSrc) {
      ear.context ??= new AudioContext();
      await ear.context.resume();
      ear.source?.disconnect();
      ear.stream = element.captureStream();
      ear.element = element;
      ear.src = element.currentSrc;
      const tracks = ear.stream.getAudioTracks();
      if (tracks.length === 0) { ear.src = null; return null; }
      [ear.track] = tracks;
      ear.source = ear.context.createMediaStreamSource(new MediaStream(tracks));
      ear.analyser = new AnalyserNode(ear.context, { fftSize: 32768, smoothingTimeConstant: 0 });
      ear.source.connect(ear.analyser);
    }
    const bins = new Float32Array(ear.analyser.frequencyBinCount);
    ear.analyser.getFloatFrequencyData(bins);
    let best = 0;
    for (let i = 1; i < bins.length; i += 1) if (bins[i] > bins[best]) best = i;
    if (!(bins[best] > -60)) return null;
    const hz_per_bin = ear.context.sampleRate / 32768;
    const near = wanted_hz === null ? [] : bins.slice(Math.floor((wanted_hz - 3) / hz_per_bin), Math.ceil((wanted_hz + 3) / hz_per_bin) + 1);
    return { hz: best * hz_per_bin, level_db: bins[best], wanted_db: Math.max(...near), at_s: element.currentTime };
  }, wanted_hz);
}

/** Gaps on a machine that is busy smear a tone to its sides: it may be so much below the strongest of them. */
const SMEAR_DB = 6;

/** Waits until the page sounds at `hz`, to a tenth of a semitone or 3 Hz. */
export async function hears(page, hz, ms = 15_000) {
  let last = null;
  await until(`${hz} Hz`, async () => {
    last = (await heard(page, hz)) ?? last;
    return last !== null && (Math.abs(last.hz - hz) <= Math.max(3, hz * 0.006) || last.wanted_db >= last.level_db - SMEAR_DB);
  }, ms, 100).catch((error) => {
    throw new Error(`${error.message}; last heard ${last ? `${last.hz.toFixed(0)} Hz at ${last.at_s.toFixed(1)} s` : 'nothing'}`);
  });
  return last;
}

/** Where the media element stands, in seconds. */
export const position = (page) => page.evaluate(() => document.querySelector('video, audio').currentTime);
