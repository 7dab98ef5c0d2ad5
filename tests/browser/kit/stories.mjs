// The player's story page: every state with a library in memory, from the sources as they are.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { workspace } from './place.mjs';

/** Serves the stories on loopback; `address(story, view)` is a page. Close it when done. */
export async function serveStories() {
  const root = join(workspace, 'player-web');
  const { createServer } = await import(pathToFileURL(join(root, 'node_modules/vite/dist/node/index.js')));
  const server = await createServer({
    root, configFile: join(root, 'vite.config.ts'), logLevel: 'error', server: { host: '127.0.0.1', port: 0, hmr: false, watch: null }, optimizeDeps: { noDiscovery: true },
  });
  await server.listen();
  const { port } = server.httpServer.address();
  return {
    address: (story, view) => `http://127.0.0.1:${port}/player/src/ui/stories/index.html?story=${story}#/${view}`,
    close: () => server.close(),
  };
}
