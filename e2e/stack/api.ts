import { setTimeout as delay } from 'node:timers/promises';
import type {
  Chain,
  DeadLetterPage,
  FlowList,
  Instance,
  InstancePage,
  Status,
  StuckPage,
} from 'throughline/schema';

/** The query API as a program uses it. */
export class Api {
  readonly #http: string;
  constructor(http: string) {
    this.#http = http;
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(new URL(`/api/v1${path}`, this.#http));
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  async post<T>(path: string, body: object): Promise<T> {
    const response = await fetch(new URL(`/api/v1${path}`, this.#http), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  status = () => this.get<Status>('/status');
  flows = () => this.get<FlowList>('/flows');
  deadLetters = () => this.get<DeadLetterPage>('/dead-letters?limit=1000');
  stuck = (flow: string) => this.get<StuckPage>(`/stuck?flow=${flow}&limit=1000`);
  instance = (id: string) => this.get<Instance>(`/instances/${id}`);
  chain = (flow: string, query = '') => this.get<Chain>(`/flows/${flow}/chain${query}`);

  async instances(flow: string, query = ''): Promise<InstancePage['items']> {
    const items: InstancePage['items'] = [];
    let cursor = '';
    do {
      const page = await this.get<InstancePage>(`/flows/${flow}/instances?limit=1000${query}${cursor}`);
      items.push(...page.items);
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    return items;
  }

  /** Ids of all events of all instances, each as often as it is there. */
  async eventIds(): Promise<string[]> {
    const ids: string[] = [];
    for (const { flow } of (await this.flows()).items) {
      for (const { instance } of await this.instances(flow)) {
        const detail = await this.instance(instance);
        ids.push(...detail.events.map((event) => event.event));
      }
    }
    return ids;
  }

  /** Resolves when everything that was accepted can be queried. */
  async settled(): Promise<Status> {
    return this.until(
      () => this.status(),
      (status) => status.lag.bytes === 0,
    );
  }

  /** Asks again until the answer is the one, at most 30 s. */
  async until<T>(ask: () => Promise<T>, isIt: (answer: T) => boolean, timeoutMs = 30_000): Promise<T> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const answer = await ask();
      if (isIt(answer)) return answer;
      if (performance.now() > deadlineMs)
        throw new Error(`not within ${timeoutMs} ms: ${JSON.stringify(answer)}`);
      await delay(50);
    }
  }
}
