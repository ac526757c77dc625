import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import type { LiveMessage } from 'throughline/schema';
import { queryKeys } from './queries.ts';

export type LiveState = 'connecting' | 'connected' | 'reconnecting' | 'paused';
export type LiveCounts = Extract<LiveMessage, { type: 'counts' }>;
export type LiveSnapshot = { readonly state: LiveState; readonly counts: LiveCounts | null };

/** Answers on screen are renewed at most this often, however fast messages come. */
const renewMs = 2_500;
const reconnectMs = 3_000;

/** The live stream of the server, as one store for the whole page; it renews what the messages say has changed. */
export class LiveStream {
  #snapshot: LiveSnapshot = { state: 'connecting', counts: null };
  readonly #listeners = new Set<() => void>();
  readonly #client: QueryClient;
  readonly #open: () => EventSource;
  readonly #changed = new Set<string>();
  #source: EventSource | null = null;
  #renewal: ReturnType<typeof setTimeout> | null = null;
  #reconnection: ReturnType<typeof setTimeout> | null = null;

  constructor(client: QueryClient, open: () => EventSource = () => new EventSource('/api/v1/live')) {
    this.#client = client;
    this.#open = open;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): LiveSnapshot => this.#snapshot;

  start(): void {
    this.stop();
    this.#set({ state: this.#snapshot.counts ? 'reconnecting' : 'connecting' });
    const source = this.#open();
    this.#source = source;
    source.onopen = () => {
      const wasAway = this.#snapshot.state === 'reconnecting';
      this.#set({ state: 'connected' });
      if (wasAway) void this.#client.invalidateQueries();
    };
    source.onerror = () => {
      this.#set({ state: 'reconnecting' });
      // The browser gives up after a refused connection: then it is up to us.
      if (source.readyState === 2) this.#reconnection = setTimeout(() => this.start(), reconnectMs);
    };
    for (const name of ['counts', 'stuck']) {
      source.addEventListener(name, (message) => this.#take(message as MessageEvent<string>));
    }
  }

  /** Stops listening; what is on screen stays as it is. */
  pause(): void {
    this.stop();
    this.#set({ state: 'paused' });
  }

  stop(): void {
    this.#source?.close();
    this.#source = null;
    if (this.#renewal) clearTimeout(this.#renewal);
    if (this.#reconnection) clearTimeout(this.#reconnection);
    this.#renewal = null;
    this.#reconnection = null;
  }

  #take(message: MessageEvent<string>): void {
    let read: LiveMessage;
    try {
      read = JSON.parse(message.data) as LiveMessage;
    } catch {
      return; // A message cut short by a broken connection: the next one is whole.
    }
    if (read.type === 'counts') {
      const before = this.#snapshot.counts;
      this.#set({ state: 'connected', counts: read });
      for (const flow of read.flows) this.#changed.add(flow);
      const isSame =
        before?.events === read.events &&
        before.stuck === read.stuck &&
        before.deadLetters === read.deadLetters;
      if (isSame && read.flows.length === 0) return;
    } else {
      for (const item of read.items) this.#changed.add(item.flow);
    }
    this.#renewal ??= setTimeout(() => this.#renew(), renewMs);
  }

  #renew(): void {
    this.#renewal = null;
    const keys: readonly (readonly string[])[] = [
      queryKeys.flows,
      queryKeys.stuck,
      queryKeys.instances,
      queryKeys.deadLetters,
      ...[...this.#changed].map(queryKeys.flow),
    ];
    this.#changed.clear();
    for (const queryKey of keys) void this.#client.invalidateQueries({ queryKey });
  }

  #set(change: Partial<LiveSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

export const useLive = (live: LiveStream): LiveSnapshot =>
  useSyncExternalStore(live.subscribe, live.snapshot);
