import type { CollectorProcess } from '../stack/collector-process.ts';

/** One request of a sender: what is in it, and how it is sent. Sending it again sends the same. */
export type LoadRequest = {
  /** Resolves with the ids that its events get once they are acknowledged; rejects when nobody knows. */
  send(to: CollectorProcess): Promise<readonly string[]>;
};

/** A way in, as a sender uses it. */
export type LoadWire = {
  readonly name: string;
  /** @param no a number that no other request of this wire has. */
  request(no: number, random: () => number): LoadRequest;
  /** Before a collector is killed: what holds on to it lets go. */
  disconnect?(): void;
  close?(): Promise<void>;
};

/** Requests that share a key are in one instance, whichever wire they came by. */
export function keyOf(no: number): string {
  return `k${Math.floor(no / 5)}`;
}

export async function accepted(response: Response, status: number): Promise<string> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`answered ${response.status}: ${text}`);
  return text;
}
