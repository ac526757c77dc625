import { chain, end, processFile, serviceTask, start } from '../../bpmn/bpmn.testkit.ts';
import { SimulatedDisk } from '../../log/simulated-disk.ts';
import { type EngineOptions, openEngine } from '../engine.ts';
import { type RestServerOptions, serveRest } from './server.ts';

/** One service task `pay` in a process `order`. */
export const ORDER = processFile('order', start(), serviceTask('pay'), end(), chain('start', 'pay', 'end'));

type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
};

/** What tests look into; each answer has its part of it. */
type Body = {
  readonly processInstanceKey: string;
  readonly processes: readonly object[];
  readonly partitions: readonly object[];
  readonly retryAfterMs: number;
  readonly jobs: readonly {
    readonly key: string;
    readonly processInstanceKey: string;
    readonly variables: Readonly<Record<string, unknown>>;
  }[];
  readonly code: string;
  readonly detail: string;
};

/** An engine without a disk of its own behind a gateway on a real port. */
export async function restStage(options: Partial<EngineOptions> = {}, rest: Partial<RestServerOptions> = {}) {
  const engine = openEngine({ directory: '/engine', disk: new SimulatedDisk({ seed: 1 }), ...options });
  const server = await serveRest(engine, { port: 0, ...rest });
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await fetch(`${server.url}/engine/v1${path}`, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as Body,
    };
  };
  return {
    engine,
    url: server.url,
    send,
    post: (path: string, body?: unknown, headers?: Record<string, string>) =>
      send('POST', path, body, headers),
    close: async () => {
      await server.close();
      await engine.close();
    },
  };
}

export type RestStage = Awaited<ReturnType<typeof restStage>>;
