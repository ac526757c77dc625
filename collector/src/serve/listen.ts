import type { AddressInfo, Server } from 'node:net';

/** @throws Error saying which port is taken and how to choose another. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explained(error, port, host)));
    server.listen(port, host, () => resolve());
  });
}

function explained(error: Error, port: number, host: string): Error {
  if (!('code' in error) || error.code !== 'EADDRINUSE') return error;
  return new Error(
    `port ${port} on ${host} is taken by another program: stop it, or choose another port ` +
      '(THROUGHLINE_HTTP_PORT, THROUGHLINE_OTLP_HTTP_PORT, THROUGHLINE_OTLP_GRPC_PORT; 0 takes a free one)',
  );
}

export function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
