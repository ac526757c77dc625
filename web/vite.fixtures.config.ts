import { mergeConfig, type Plugin } from 'vite';
import { contentSecurityPolicy } from './src/fixtures/content-security-policy.ts';
import { answerFromFixtures } from './src/fixtures/middleware.ts';
import base from './vite.config.ts';

/** The dashboard on made-up answers, for work on the pages without a server; never part of the build. */
const fixtures: Plugin = {
  name: 'throughline-fixtures',
  configureServer(server) {
    server.middlewares.use(answerFromFixtures());
  },
  configurePreviewServer(server) {
    server.middlewares.use((_request, response, next) => {
      response.setHeader('content-security-policy', contentSecurityPolicy);
      next();
    });
    server.middlewares.use(answerFromFixtures());
  },
};

export default mergeConfig(base, { plugins: [fixtures], server: { proxy: {} } });
