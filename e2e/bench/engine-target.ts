import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type EngineOptions, openEngine, type ThreadedEngineOptions } from '@throughline/engine';
import { connectEngine, type EngineClient } from '@throughline/engine/client';

/** What the loads of the area `engine` need of a workflow engine. One process, `order`, with one task of type `pay`. */
export interface EngineTarget {
  create(): Promise<void>;
  /** Resolves when the instance has completed. */
  createWithResult(): Promise<void>;
  /** Completes all jobs, with so many workers, until `stop`. */
  work(workers: number): { readonly progress: Progress; readonly stop: () => Promise<void> };
  close(): Promise<void>;
}

/** Counts the jobs whose completion was acknowledged. Who waits for a number costs nothing meanwhile. */
export class Progress {
  #completed = 0;
  readonly #waiting = new Map<number, (() => void)[]>();

  get completed(): number {
    return this.#completed;
  }

  note(): void {
    this.#completed += 1;
    for (const wake of this.#waiting.get(this.#completed) ?? []) wake();
    this.#waiting.delete(this.#completed);
  }

  async reached(count: number): Promise<void> {
    if (count <= this.#completed) return;
    await new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(count);
      if (waiting === undefined) this.#waiting.set(count, [resolve]);
      else waiting.push(resolve);
    });
  }
}

export const PROCESS = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="http://throughline">
  <bpmn:process id="order" isExecutable="true">
    <bpmn:startEvent id="start"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:serviceTask id="pay">
      <bpmn:extensionElements><zeebe:taskDefinition type="pay" /></bpmn:extensionElements>
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:serviceTask>
    <bpmn:endEvent id="end"><bpmn:incoming>f2</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="pay" />
    <bpmn:sequenceFlow id="f2" sourceRef="pay" targetRef="end" />
  </bpmn:process>
</bpmn:definitions>
`;

export const VARIABLES = { orderId: 'o-4711', amount: 129.9, customer: { id: 42, country: 'DE' } };

/** The engine in this process, on a real disk, every acknowledged command fsynced. */
export async function embedded(options: EngineOptions | ThreadedEngineOptions): Promise<EngineTarget> {
  const engine = options.threads === true ? await openEngine(options) : openEngine(options);
  return targetOf(engine, () => engine.close());
}

const PROGRAM = fileURLToPath(new URL('../../../engine/bin/throughline-engine.js', import.meta.url));

/** The engine as a process of its own; its clients and workers are here, over REST. */
export async function overRest(directory: string): Promise<EngineTarget> {
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--data', directory, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) throw new Error('the engine ended before it was ready');
  const { http } = JSON.parse(first.value) as { http: string };
  return targetOf(connectEngine({ url: http }), async () => {
    child.kill('SIGTERM');
    await exited;
  });
}

async function targetOf(engine: EngineClient, close: () => Promise<void>): Promise<EngineTarget> {
  await engine.deploy([{ name: 'order.bpmn', content: PROCESS }]);
  const creation = { bpmnProcessId: 'order', variables: VARIABLES };
  return {
    create: async () => void (await engine.createInstance(creation)),
    createWithResult: async () => void (await engine.createInstanceWithResult(creation)),
    work: (workers) => workOn(engine, workers),
    close,
  };
}

function workOn(engine: EngineClient, workers: number): ReturnType<EngineTarget['work']> {
  const abort = new AbortController();
  const progress = new Progress();
  const worker = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      const request = { type: 'pay', maxJobs: 32, timeoutMs: 60_000, waitMs: 1_000 };
      const jobs = await engine.activateJobs(request, abort.signal);
      await Promise.all(
        jobs.map(async ({ key }) => {
          await engine.completeJob(key, { paid: true });
          progress.note();
        }),
      );
    }
  };
  const all = Promise.all(Array.from({ length: workers }, worker));
  return {
    progress,
    stop: async () => {
      abort.abort();
      await all;
    },
  };
}
