/** The engine for workers in other processes: `@throughline/engine/rest`. */
export { createRestGateway } from './gateway.ts';
export { type RestServer, type RestServerOptions, serveRest } from './server.ts';
export type { RestOptions } from './settings.ts';
