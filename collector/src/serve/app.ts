import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import express, { type Express } from 'express';
import type { ImportFile } from '../importer.ts';
import { type DeadLetterContext, deadLetterRoutes } from './dead-letters.ts';
import { docsPage } from './docs-page.ts';
import { importRoute } from './imports.ts';
import type { LiveStream } from './live.ts';
import { metricsRoute } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { notFound, problemHandler } from './problem.ts';
import { type QueryContext, queryRoutes } from './routes.ts';
import type { Readiness } from './status.ts';

export type AppParts = QueryContext & {
  readonly version: string;
  readonly live: LiveStream;
  readonly importFile: ImportFile;
  readonly importDirectory: string;
  readonly deadLetters: Pick<DeadLetterContext, 'replay' | 'discard'>;
  /** Built dashboard; undefined when it was not built. */
  readonly webDirectory: string | undefined;
  /** What the wires receive, as on the OTLP port; undefined when the path is none of theirs. */
  readonly receive: (request: IncomingMessage, response: ServerResponse) => Promise<void> | undefined;
  /** Why the service is not ready; empty when it is. */
  readonly readiness: () => Promise<Readiness>;
};

const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Everything on the main port: the wires, the query API, health, and the dashboard. */
export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((_request, response, next) => {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    next();
  });
  app.use((request, response, next) => {
    if (parts.receive(request, response) === undefined) next();
  });
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', async (_request, response) => {
    const { reasons, notes } = await parts.readiness();
    response.status(reasons.length === 0 ? 200 : 503).json({ ready: reasons.length === 0, reasons, notes });
  });
  app.get('/metrics', metricsRoute(parts.status));
  const description = openApiDocument(parts.version);
  app.get('/api/v1/openapi.json', (_request, response) => {
    response.json(description);
  });
  app.get('/api/docs', docsPage(description));
  app.get('/api/v1/live', parts.live.handle);
  app.post('/api/v1/imports', importRoute(parts.importDirectory, parts.importFile));
  app.use('/api/v1/dead-letters', deadLetterRoutes({ ...parts.deadLetters, queries: parts.queries }));
  app.use('/api/v1', queryRoutes(parts));
  app.use('/api', notFound);
  if (parts.webDirectory !== undefined) serveDashboard(app, parts.webDirectory);
  app.use(notFound);
  app.use(problemHandler);
  return app;
}

/** Files with a digest in their name never change; every other path is the dashboard's own route. */
function serveDashboard(app: Express, directory: string): void {
  app.use('/assets', express.static(join(directory, 'assets'), { immutable: true, maxAge: '1y' }), notFound);
  app.use(express.static(directory, { index: false }));
  const page = join(directory, 'index.html');
  if (!existsSync(page)) return;
  app.get('/{*path}', (_request, response) => {
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile(page);
  });
}
