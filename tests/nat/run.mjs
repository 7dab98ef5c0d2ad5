// `make nat`: which path a browser finds through each pair of routers. `CELL='portcone symmetric'` runs one pair.
import { cell } from '../browser/kit/cell.mjs';
import { FLAVOURS, hindrance, meets } from './lab.mjs';

const why = hindrance();
if (why) {
  console.error(`the lab cannot be built: ${why}`);
  process.exit(2);
}
process.once('SIGINT', () => process.exit(130));
const named = (process.env.CELL ?? '').split(/\s+/).filter(Boolean);
const unknown = named.filter((flavour) => !(flavour in FLAVOURS));
if (unknown.length > 0 || (named.length !== 0 && named.length !== 2)) {
  console.error(`CELL='home work', of: ${Object.keys(FLAVOURS).join(', ')}`);
  process.exit(2);
}

const all = Object.keys(FLAVOURS);
const pairs = named.length === 2 ? [named] : all.flatMap((home) => all.map((work) => [home, work]));
const ms = (value) => (value === null ? '–' : `${value} ms`);
const columns = (home, work, transport, path, sound, direct, rate) =>
  [home.padEnd(10), work.padEnd(10), transport.padEnd(10), path.padEnd(8), sound.padStart(9), direct.padStart(10), rate.padStart(11)].join(' ');

console.log(columns('home', 'work', 'transport', 'path', 'sound', 'direct', 'throughput'));
let surprises = 0;
for (const [home, work] of pairs) {
  const found = await cell(home, work);
  const expected = meets(home, work) ? 'direct' : 'relay';
  const wrong = [...(found.path === expected ? [] : [`expected ${expected}`]), ...found.troubles];
  surprises += wrong.length > 0 ? 1 : 0;
  console.log(columns(home, work, 'webrtc', found.path, ms(found.sound_ms), ms(found.direct_ms), `${found.mb_s.toFixed(1)} MB/s`) + (wrong.length > 0 ? `  ! ${wrong.join('; ')}` : ''));
  if (named.length === 2) console.log(`webrtc path: ${found.path}`);
}
process.exitCode = surprises === 0 ? 0 : 1;
