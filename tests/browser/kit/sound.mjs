// What a page really plays: the frequency in the decoded samples of its media element.
import { until } from './process.mjs';

/**
 * The strongest frequency that sounds now in Hz, and its level; `null` while it is silent. `wanted_db` is the level at the
 * wanted frequency.
 */
export function heard(page, wanted_hz = null) {
  return page.evaluate(async (wanted_hz) => {
    // On a busy machine Chromium now and then hands out a stream that stays silent under a song that plays; another one
    // of the same element sounds. So a stream that was silent for so much of the song is given up.
    const DEAF_S = 1.5;
    const element = document.querySelector('video, audio');
    if (!element || element.paused || element.readyState < 3) return null;
    const ear = (window.__ear ??= {});
    const deaf = ear.silent_from_s !== undefined && element.currentTime - ear.silent_from_s > DEAF_S;
    if (deaf || ear.element !== element || !ear.stream?.active || ear.track?.readyState !== 'live' || ear.src !== element.currentSrc) {
      if (deaf) {
        ear.given_up = (ear.given_up ?? 0) + 1;
        await ear.context.close();
        delete ear.context;
      }
      ear.context ??= new AudioContext();
      await ear.context.resume();
      ear.source?.disconnect();
      ear.stream = element.captureStream();
      ear.element = element;
      ear.src = element.currentSrc;
      delete ear.silent_from_s;
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
    if (!(bins[best] > -60)) {
      // After a jump back the count begins anew.
      ear.silent_from_s = Math.min(ear.silent_from_s ?? element.currentTime, element.currentTime);
      return null;
    }
    delete ear.silent_from_s;
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
  }, ms, 100).catch(async (error) => {
    const heard_last = last ? `${last.hz.toFixed(0)} Hz at ${last.at_s.toFixed(1)} s` : 'nothing';
    throw new Error(`${error.message}; last heard ${heard_last}; ${await page.evaluate(standing)}`);
  });
  return last;
}

/** How the element stands, and what the page says: for whoever reads why nothing was heard. */
function standing() {
  const element = document.querySelector('video, audio');
  const ear = window.__ear;
  const words = [...document.querySelectorAll('[role=status], [role=alert], footer, [role=region]')].map((each) => each.innerText.trim()).filter(Boolean);
  return JSON.stringify({
    element: element && {
      paused: element.paused, ready: element.readyState, network: element.networkState, at_s: element.currentTime,
      src: element.currentSrc, error: element.error?.message, seeking: element.seeking,
      buffered_s: element.buffered.length > 0 ? element.buffered.end(element.buffered.length - 1) : 0,
    },
    ear: ear && { state: ear.context?.state, live: ear.stream?.active, track: ear.track?.readyState, muted: ear.track?.muted, same: ear.src === element?.currentSrc, given_up: ear.given_up ?? 0 },
    words,
  });
}

/** Where the media element stands, in seconds. */
export const position = (page) => page.evaluate(() => document.querySelector('video, audio').currentTime);
