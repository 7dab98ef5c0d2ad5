// What the figures share: libraries, a plain server as peer, and numbers.
import { execFileSync } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';

/** The folder of a library of the tests. */
export const library = (place, name) => execFileSync(place.corpusBin, [name], { encoding: 'utf8' }).trim();

/** The value below which a part of the values lie. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

const TYPES = { mp3: 'audio/mpeg', flac: 'audio/flac', m4a: 'audio/mp4', opus: 'audio/ogg', ogg: 'audio/ogg', wav: 'audio/wav' };

/** A plain HTTP server on loopback with ranges, and a page that plays its files: what the same browser does without us. */
export async function plainServer(folder) {
  const page = '<!doctype html><title>plain</title><video></video><button>Play</button>';
  const server = createServer((request, response) => {
    if (request.url === '/') return response.setHeader('content-type', 'text/html').end(page);
    const path = join(folder, basename(decodeURIComponent(request.url)));
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) return response.writeHead(404).end();
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? 'bytes=0-');
    const first = Number(range[1]);
    const last = Math.min(range[2] === '' ? size - 1 : Number(range[2]), size - 1);
    response.writeHead(206, {
      'content-type': TYPES[path.split('.').at(-1)] ?? 'application/octet-stream',
      'content-range': `bytes ${first}-${last}/${size}`, 'content-length': last - first + 1, 'accept-ranges': 'bytes',
      'cache-control': 'no-store',
    });
    return createReadStream(path, { start: first, end: last }).on('error', () => response.destroy()).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${server.address().port}`,
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}
