import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readTraceRequest } from 'throughline/otlp';

/** The baseline of the ingest benchmark: reads the same bodies with the same reader, and does nothing else with them. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    readTraceRequest(Buffer.concat(chunks), () => undefined);
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
