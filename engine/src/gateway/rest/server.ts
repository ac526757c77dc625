import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Engine } from '../engine.ts';
import { createRestGateway } from './gateway.ts';
import type { RestOptions } from './settings.ts';

export type RestServerOptions = Omit<RestOptions, 'closing'> & {
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1: this machine only. */
  readonly host?: string;
};

export type RestServer = {
  /** Where it listens, such as `http://127.0.0.1:8085`. */
  readonly url: string;
  /** Answers who waits and takes no more; resolves when all have been answered. Close it before the engine. */
  readonly close: () => Promise<void>;
};

/** How long closing waits for requests that are being answered. */
const CLOSE_WAIT_MS = 2000;
const IDLE_CHECK_MS = 10;

/** Serves the engine over HTTP. Rejects when the port is taken. */
export async function serveRest(engine: Engine, options: RestServerOptions): Promise<RestServer> {
  const { port, host = '127.0.0.1', ...rest } = options;
  const closing = new AbortController();
  const server = createServer(createRestGateway(engine, { ...rest, closing: closing.signal }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const { port: taken } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    close: () => {
      closing.abort();
      return closed(server);
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), CLOSE_WAIT_MS);
    // A connection that gets idle while the server closes would be kept alive for a while.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
    server.close(() => {
      clearTimeout(force);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}
