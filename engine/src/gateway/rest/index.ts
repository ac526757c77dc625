/** The engine for workers in other processes: `@throughline/engine/rest`. */
export { createRestGateway, type RestOptions } from './gateway.ts';
export { type RestServer, type RestServerOptions, serveRest } from './server.ts';
