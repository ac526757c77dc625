/**
 * A process with an engine in it, to be killed: `node killed-engine.testkit.js DIRECTORY EXPORTS`, forked with advanced
 * serialization. It opens the engine when it is told `open`, does what it is asked and answers what is durable.
 */
import { jsonLinesExporter } from '../export/json-lines-exporter.ts';
import type { Key } from '../protocol/key.ts';
import { type Engine, openEngine } from './engine.ts';

export type Request = { readonly id: number } & (
  | { readonly do: 'open' }
  | { readonly do: 'activate' }
  | { readonly do: 'close' }
  | { readonly do: 'deploy'; readonly content: string }
  | { readonly do: 'create'; readonly order: number }
  | { readonly do: 'publish'; readonly order: number }
  | { readonly do: 'complete'; readonly key: Key }
);

/** `result`: the key of what was made, or those of the jobs. */
export type Response = {
  readonly id: number;
  readonly result?: Key | readonly Key[];
  readonly error?: string;
};

let engine: Engine | undefined;

if (process.send !== undefined) {
  process.on('message', (request: Request) => {
    answer(request).then(
      (result) => process.send?.({ id: request.id, result }),
      (error: unknown) => process.send?.({ id: request.id, error: String(error) }),
    );
  });
}

async function answer(request: Request): Promise<Response['result']> {
  if (request.do === 'open') {
    engine = open();
    return [];
  }
  if (engine === undefined) throw new Error('The engine is not open');
  if (request.do === 'close') {
    await engine.close();
    return [];
  }
  if (request.do === 'deploy') {
    return (await engine.deploy([{ name: 'order.bpmn', content: request.content }])).key;
  }
  if (request.do === 'create') {
    const variables = { order: request.order };
    return (await engine.createInstance({ bpmnProcessId: 'order', variables })).processInstanceKey;
  }
  if (request.do === 'publish') {
    const { order } = request;
    const message = {
      name: 'paid',
      correlationKey: `${order}`,
      messageId: `${order}`,
      timeToLiveMs: 600_000,
    };
    return engine.publishMessage(message);
  }
  if (request.do === 'activate') {
    const jobs = await engine.activateJobs({ type: 'ship', maxJobs: 16, timeoutMs: 300, waitMs: 50 });
    return jobs.map(({ key }) => key);
  }
  await engine.completeJob(request.key);
  return [];
}

function open(): Engine {
  const [directory = '', exports = ''] = process.argv.slice(2);
  return openEngine({
    directory,
    partitions: 2,
    segmentBytes: 128 * 1024,
    snapshots: { everyRecords: 2_000 },
    exporters: [{ id: 'file', create: jsonLinesExporter({ directory: exports }) }],
  });
}
