import type { Refused } from './refused.ts';

/** What a request says before its body. */
export type WireHead = {
  readonly method: string;
  /** Of the URL, without the query. */
  readonly path: string;
  /** Of the URL, without the question mark; empty where there is none. */
  readonly query: string;
  /** Names in lower case; a header that came more than once is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
};

export type WireRequest = WireHead & {
  /** Whole, decompressed, within the limit. */
  readonly body: Uint8Array;
  /** Epoch microseconds. */
  readonly receivedAtUs: number;
};

export type WireAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
  /** Why the request was refused whole: short and countable. Undefined when it was not. */
  readonly refused?: string;
  /** Items that were accepted, can be no event under any configuration, and were not stored. Undefined for none. */
  readonly ignored?: number;
};

/** The intake record of what was accepted, undefined when that is nothing, and the answer once the record is durable. */
export type Accepted = { readonly record: Uint8Array | undefined; readonly answer: WireAnswer };

/**
 * One wire over HTTP: it knows its protocol, and neither sockets nor the log. The skeleton around it (`receiver.ts`, `accept.ts`)
 * reads bodies within limits, decompresses, appends, waits until that is durable, answers, and tells senders to wait. Every wire
 * passes the cases of `contract.testkit.ts`.
 */
export type HttpWire = {
  /** As it is counted. */
  readonly name: string;
  /** Where it is: this path and everything below it when it ends with a slash. */
  readonly path: string;
  /** @throws Refused when the request is none of this wire, before its body is read. */
  check(head: WireHead): void;
  /** Pure. @throws Refused when the body is none of this wire. */
  accept(request: WireRequest): Accepted;
  /** A refusal in the protocol's own terms. */
  refusal(
    head: WireHead,
    refused: Refused,
  ): { readonly contentType: string; readonly body: Uint8Array | string };
};

/** The media type of the body, in lower case, without parameters; empty where none is said. */
export function mediaTypeOf(head: WireHead): string {
  return (head.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}
