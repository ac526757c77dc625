import type { MessagePort, TransferListItem, Worker } from 'node:worker_threads';

/**
 * Calls between threads: a function name, arguments and one answer each way, over a message port. Arguments and answers are cloned;
 * buffers can be transferred. Errors arrive with their name, message and code.
 */
type Post = Pick<MessagePort | Worker, 'postMessage' | 'on'>;

type Call = {
  readonly kind: 'call';
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
};
type Answer = {
  readonly kind: 'answer';
  readonly id: number;
  readonly value?: unknown;
  readonly error?: RemoteProblem;
};
type RemoteProblem = { readonly name: string; readonly message: string; readonly code: string | undefined };

/** An error that was thrown in another thread. */
export class RemoteError extends Error {
  readonly code: string | undefined;
  constructor(problem: RemoteProblem) {
    super(problem.message);
    this.name = problem.name;
    this.code = problem.code;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a handler's own types are checked where it is written and where it is called.
export type Handlers = Readonly<Record<string, (...args: any[]) => unknown>>;

/** Answers calls that come over the port. */
export function answerCalls(port: Post, handlers: Handlers): void {
  port.on('message', (message: Call) => {
    if (message.kind !== 'call') return;
    void answer(port, handlers, message);
  });
}

async function answer(port: Post, handlers: Handlers, call: Call): Promise<void> {
  try {
    const handler = handlers[call.name];
    if (handler === undefined) throw new Error(`no such call: ${call.name}`);
    port.postMessage({ kind: 'answer', id: call.id, value: await handler(...call.args) } satisfies Answer);
  } catch (error) {
    port.postMessage({ kind: 'answer', id: call.id, error: problemOf(error) } satisfies Answer);
  }
}

function problemOf(error: unknown): RemoteProblem {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { name: error.name, message: error.message, code };
}

/** The other end of `answerCalls`. */
export class ThreadCaller {
  readonly #port: Post;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #nextId = 1;
  #closed: Error | undefined;

  constructor(port: Post) {
    this.#port = port;
    port.on('message', (message: Answer) => {
      if (message.kind !== 'answer') return;
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error === undefined) waiting?.resolve(message.value);
      else waiting?.reject(new RemoteError(message.error));
    });
  }

  call(name: string, args: readonly unknown[], transfer: readonly TransferListItem[] = []): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ kind: 'call', id, name, args } satisfies Call, [...transfer]);
    });
  }

  /** The other thread is gone: what waits fails, what comes later too. */
  fail(error: Error): void {
    this.#closed = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
