import type { Engine } from '../gateway/engine.ts';
import type {
  ActivatedJob,
  ActivateJobs,
  BroadcastSignal,
  CreatedInstance,
  CreateInstance,
  Deployment,
  FailJob,
  InstanceResult,
  MigrateInstance,
  ModifyInstance,
  PublishMessage,
  Resource,
  ThrowError,
  Variables,
} from '../gateway/requests.ts';
import type { Key } from '../protocol/key.ts';
import { Completions } from './completions.ts';
import { callEngine, type HttpTarget, jsonOf } from './http.ts';

/** What can be asked of an engine, be it in this process or behind a gateway. Requests reject with EngineError. */
export type EngineClient = Pick<
  Engine,
  | 'deploy'
  | 'createInstance'
  | 'createInstanceWithResult'
  | 'cancelInstance'
  | 'modifyInstance'
  | 'migrateInstance'
  | 'setVariables'
  | 'publishMessage'
  | 'broadcastSignal'
  | 'activateJobs'
  | 'completeJob'
  | 'failJob'
  | 'throwError'
  | 'updateRetries'
  | 'updateTimeout'
  | 'resolveIncident'
>;

export type ConnectOptions = {
  /** Of the gateway, such as `http://127.0.0.1:8085`. */
  readonly url: string;
  /** Sent with each request, for instance `authorization` for a proxy before the gateway. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The W3C trace context of whatever is being done now. The gateway passes it on to instances, messages and signals as
   * their variable `traceparent`, unless they have one.
   */
  readonly traceparent?: () => string | undefined;
};

/** How long an instance's result is waited for where the request does not say. */
const RESULT_WAIT_MS = 30_000;

/** The client of an engine behind a REST gateway. Nothing is sent until something is asked. */
export function connectEngine(options: ConnectOptions): EngineClient & {
  /** Rejects with `TIMEOUT` when it took longer than `waitMs` (default 30 s); the instance goes on. */
  createInstanceWithResult(
    request: CreateInstance,
    options?: { readonly waitMs?: number },
  ): Promise<InstanceResult>;
} {
  return new RestClient(options);
}

class RestClient implements EngineClient {
  readonly #target: HttpTarget;
  /** Of this turn of the event loop, by the trace context of those who complete. */
  readonly #completions = new Map<string, Completions>();

  constructor({ url, headers, traceparent }: ConnectOptions) {
    const headersOfNow = (): Readonly<Record<string, string>> => {
      const context = traceparent?.();
      return context === undefined ? { ...headers } : { ...headers, traceparent: context };
    };
    this.#target = { url: url.replace(/\/+$/, ''), headers: headersOfNow };
  }

  async deploy(resources: readonly Resource[]): Promise<Deployment> {
    const texts = resources.map(({ name, content }) => ({
      name,
      content: typeof content === 'string' ? content : new TextDecoder().decode(content),
    }));
    const answer = (await this.#post('/deployments', { resources: texts })) as Wire<Deployment>;
    const processes = answer.processes.map((process) => ({
      ...process,
      processDefinitionKey: keyOf(process.processDefinitionKey),
    }));
    return { key: keyOf(answer.key), processes };
  }

  async createInstance(request: CreateInstance): Promise<CreatedInstance> {
    const answer = await this.#post('/process-instances', wireOf(request));
    return instanceOf<CreatedInstance>(answer as Wire<CreatedInstance>);
  }

  async createInstanceWithResult(
    request: CreateInstance,
    { waitMs = RESULT_WAIT_MS }: { readonly waitMs?: number } = {},
  ): Promise<InstanceResult> {
    const answer = await this.#post('/process-instances/with-result', { ...wireOf(request), waitMs });
    return instanceOf<InstanceResult>(answer as Wire<InstanceResult>);
  }

  async cancelInstance(processInstanceKey: Key): Promise<void> {
    await this.#post(`/process-instances/${processInstanceKey}/cancel`);
  }

  async modifyInstance(
    processInstanceKey: Key,
    { activate = [], terminate = [] }: ModifyInstance,
  ): Promise<void> {
    await this.#post(`/process-instances/${processInstanceKey}/modify`, {
      activate: activate.map(({ ancestorScopeKey, ...others }) =>
        ancestorScopeKey === undefined ? others : { ...others, ancestorScopeKey: String(ancestorScopeKey) },
      ),
      terminate: terminate.map(String),
    });
  }

  async migrateInstance(processInstanceKey: Key, migration: MigrateInstance): Promise<void> {
    const targetProcessDefinitionKey = String(migration.targetProcessDefinitionKey);
    await this.#post(`/process-instances/${processInstanceKey}/migrate`, {
      ...migration,
      targetProcessDefinitionKey,
    });
  }

  async setVariables(scopeKey: Key, variables: Variables, options: { readonly isLocal?: boolean } = {}) {
    const path = `/element-instances/${scopeKey}/variables`;
    await this.#put(path, { variables, ...options });
  }

  async publishMessage(request: PublishMessage): Promise<Key> {
    return keyOf(((await this.#post('/messages', request)) as { key: string }).key);
  }

  async broadcastSignal(request: BroadcastSignal): Promise<Key> {
    return keyOf(((await this.#post('/signals', request)) as { key: string }).key);
  }

  async activateJobs(request: ActivateJobs, signal?: AbortSignal): Promise<ActivatedJob[]> {
    const answer = await this.#post('/jobs/activate', request, signal).catch((error: unknown) => {
      // As in process: who no longer waits gets none. Those that were on the way the gateway gives back.
      if (signal?.aborted === true) return { jobs: [] };
      throw error;
    });
    return (answer as { jobs: Wire<ActivatedJob>[] }).jobs.map((job) => ({
      ...job,
      key: keyOf(job.key),
      processInstanceKey: keyOf(job.processInstanceKey),
      processDefinitionKey: keyOf(job.processDefinitionKey),
      elementInstanceKey: keyOf(job.elementInstanceKey),
    }));
  }

  /** With one request for all that are completed in the same turn of the event loop and trace context. */
  completeJob(key: Key, variables: Variables = {}): Promise<void> {
    const headers = this.#target.headers();
    const { traceparent = '' } = headers;
    let completions = this.#completions.get(traceparent);
    if (completions === undefined) {
      const target = { ...this.#target, headers: () => headers };
      completions = new Completions((path, text) => callEngine(target, 'POST', path, text));
      this.#completions.set(traceparent, completions);
      setImmediate(() => this.#completions.delete(traceparent));
    }
    return completions.complete(key, variables);
  }

  async failJob(key: Key, failure: FailJob): Promise<void> {
    await this.#post(`/jobs/${key}/fail`, failure);
  }

  async throwError(key: Key, error: ThrowError): Promise<void> {
    await this.#post(`/jobs/${key}/error`, error);
  }

  async updateRetries(jobKey: Key, retries: number): Promise<void> {
    await this.#put(`/jobs/${jobKey}/retries`, { retries });
  }

  async updateTimeout(jobKey: Key, timeoutMs: number): Promise<void> {
    await this.#put(`/jobs/${jobKey}/timeout`, { timeoutMs });
  }

  async resolveIncident(key: Key): Promise<void> {
    await this.#post(`/incidents/${key}/resolve`);
  }

  #post(path: string, body?: object, signal?: AbortSignal): Promise<unknown> {
    return this.#send('POST', path, body, signal);
  }

  #put(path: string, body: object): Promise<unknown> {
    return this.#send('PUT', path, body);
  }

  async #send(method: string, path: string, body?: object, signal?: AbortSignal): Promise<unknown> {
    const text = body === undefined ? undefined : jsonOf(body);
    return callEngine(this.#target, method, path, text, signal);
  }
}

/** The same with keys as strings. */
type Wire<T> = T extends Key
  ? string
  : T extends Readonly<Record<string, unknown>> | readonly object[]
    ? { [K in keyof T]: Wire<T[K]> }
    : T;

function wireOf(request: CreateInstance): object {
  if (!('processDefinitionKey' in request)) return request;
  return { ...request, processDefinitionKey: String(request.processDefinitionKey) };
}

function instanceOf<T extends CreatedInstance>(answer: Wire<T>): T {
  const { processInstanceKey, processDefinitionKey } = answer as Wire<CreatedInstance>;
  return {
    ...answer,
    processInstanceKey: keyOf(processInstanceKey),
    processDefinitionKey: keyOf(processDefinitionKey),
  } as unknown as T; // the same but for its keys
}

function keyOf(text: string): Key {
  return BigInt(text) as Key;
}
