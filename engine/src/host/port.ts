import type { MessagePort, Worker } from 'node:worker_threads';
import { Packr } from 'msgpackr';
import type { Report, Request } from './thread-messages.ts';

/** One end of the way between two threads. Keeps what comes until somebody listens. */
export interface Port {
  post(frame: Uint8Array): void;
  listen(receive: (frame: Uint8Array) => void): void;
}

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });

/** Gathers messages until all that happens now has happened, then posts them as one frame. */
export class Outbox<Message extends Request | Report> {
  readonly #port: Port;
  readonly #defer: (run: () => void) => void;
  readonly #beforePost: (messages: Message[]) => void;
  #messages: Message[] = [];
  #isScheduled = false;

  /** @param beforePost may add what sums up the others */
  constructor(
    port: Port,
    defer: (run: () => void) => void,
    beforePost: (messages: Message[]) => void = () => {},
  ) {
    this.#port = port;
    this.#defer = defer;
    this.#beforePost = beforePost;
  }

  push(message: Message): void {
    this.wake();
    this.#messages.push(message);
  }

  /** There will be something to add before posting. */
  wake(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#defer(() => this.flush());
  }

  flush(): void {
    this.#isScheduled = false;
    const messages = this.#messages;
    this.#messages = [];
    this.#beforePost(messages);
    // Its own copy: the buffer is packr's, and the frame goes to the other thread.
    if (messages.length > 0) this.#port.post(new Uint8Array(packr.pack(messages)));
  }
}

/** Calls the function for each message of each frame, in order. */
export function receive<Message extends Request | Report>(
  port: Port,
  take: (message: Message) => void,
): void {
  port.listen((frame) => {
    for (const message of packr.unpack(frame) as Message[]) take(message);
  });
}

/** The port to a thread, or of a thread to the one that has started it. Frames are transferred. */
export function portTo(thread: Pick<MessagePort | Worker, 'on' | 'postMessage'>): Port {
  return {
    post: (frame) => thread.postMessage(frame, [frame.buffer as ArrayBuffer]),
    listen: (receive) => thread.on('message', receive),
  };
}
