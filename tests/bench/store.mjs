// Heartbeats and playlist operations a second in the database alone: SQLite and PostgreSQL, 1, 4 and 16 writers.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** An account that listens sends one each 20 s. */
const BEAT_S = 20;

export async function storeWrites(place) {
  const { stdout } = await run(place.storeBench, ['3']);
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
  const other = (line) => lines.find((peer) => peer.what === line.what && peer.writers === line.writers && peer.database !== line.database);
  return lines.filter((line) => line.database === 'SQLite').map((line) => {
    const postgres = other(line);
    const worth = line.what === 'heartbeats' ? `, ${(line.per_second * BEAT_S).toLocaleString('en')} listenings` : '';
    return {
      figure: `${line.what} a second, SQLite, ${line.writers} ${line.writers === 1 ? 'writer' : 'writers'}`, goal: '',
      measured: `${line.per_second}/s (p95 ${line.p95_ms} ms${worth})`,
      peer: `PostgreSQL: ${postgres.per_second}/s (p95 ${postgres.p95_ms} ms)`,
    };
  });
}
