import { Agent, request as httpRequest } from 'node:http';

const CONNECTIONS = 8;

export type Target = { readonly url: string; readonly contentType: string };

/** Sends bodies over a few connections that stay open, each as soon as the one before it is answered. */
export async function sendBodies(bodies: readonly Uint8Array[], target: Target): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++])
      await send(body, target, agent);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, sender));
  agent.destroy();
}

function send(body: Uint8Array, { url, contentType }: Target, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': contentType, 'Content-Length': body.length };
    const request = httpRequest(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) resolve();
        else reject(new Error(`answered ${statusCode}`));
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}
