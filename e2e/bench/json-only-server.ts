import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The baseline of the CloudEvents benchmark: parses the same bodies, and does nothing else with them. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString());
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
