// The player's story page: every state with a library in memory, from the sources as they are.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { workspace } from './place.mjs';

/**
 * Serves the stories on loopback; `address(story, view, lang)` is a page of the player, `visit(visitor, lang)` one of a
 * shared link, `origin` where the player itself would be. Close it when done.
 */
export async function serveStories() {
  const root = join(workspace, 'player-web');
  const { createServer } = await import(pathToFileURL(join(root, 'node_modules/vite/dist/node/index.js')));
  const server = await createServer({
    root, configFile: join(root, 'vite.config.ts'), logLevel: 'error', server: { host: '127.0.0.1', port: 0, hmr: false, watch: null }, optimizeDeps: { noDiscovery: true },
  });
  await server.listen();
  const { port } = server.httpServer.address();
  const origin = `http://127.0.0.1:${port}`;
  const pages = `${origin}/player/src/ui/stories/index.html`;
  return {
    origin,
    address: (story, view, lang = 'en') => `${pages}?story=${story}&lang=${lang}#/${view}`,
    visit: (visitor, lang = 'en') => `${pages}?visitor=${visitor}&lang=${lang}`,
    close: () => server.close(),
  };
}
