import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveStream } from './live.ts';

class FakeSource {
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  isClosed = false;
  readonly #listeners = new Map<string, (message: { data: string }) => void>();
  addEventListener(name: string, listener: (message: { data: string }) => void): void {
    this.#listeners.set(name, listener);
  }
  close(): void {
    this.isClosed = true;
  }
  send(message: { type: string; [rest: string]: unknown }): void {
    this.#listeners.get(message.type)?.({ data: JSON.stringify(message) });
  }
  sendRaw(name: string, data: string): void {
    this.#listeners.get(name)?.({ data });
  }
}
const counts = (events: number, flows: string[] = []) => ({
  type: 'counts',
  events,
  instances: 1,
  open: 1,
  stuck: 0,
  deadLetters: 0,
  flows,
});

function listening() {
  const sources: FakeSource[] = [];
  const client = new QueryClient();
  const renewed: string[] = [];
  vi.spyOn(client, 'invalidateQueries').mockImplementation((filters) => {
    renewed.push((filters?.queryKey ?? ['everything']).join('/'));
    return Promise.resolve();
  });
  const live = new LiveStream(client, () => {
    const source = new FakeSource();
    sources.push(source);
    return source as unknown as EventSource;
  });
  live.start();
  return { live, sources, renewed };
}

describe('the live stream', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('renews what has changed, once for many messages', () => {
    const { live, sources, renewed } = listening();
    sources[0]?.onopen?.();
    for (let events = 1; events <= 20; events++) sources[0]?.send(counts(events, ['orders']));
    expect(live.snapshot()).toMatchObject({ state: 'connected', counts: { events: 20 } });
    expect(renewed).toEqual([]);
    vi.advanceTimersByTime(2_500);
    expect(renewed).toEqual(['flows', 'stuck', 'instance', 'dead-letters', 'flow/orders']);
  });

  it('renews nothing while nothing changes', () => {
    const { sources, renewed } = listening();
    sources[0]?.send(counts(5));
    vi.advanceTimersByTime(3_000);
    renewed.length = 0;
    sources[0]?.send(counts(5));
    vi.advanceTimersByTime(10_000);
    expect(renewed).toEqual([]);
  });

  it('connects again after the browser gave up, and then renews everything', () => {
    const { live, sources, renewed } = listening();
    sources[0]?.send(counts(5));
    if (sources[0]) sources[0].readyState = 2;
    sources[0]?.onerror?.();
    expect(live.snapshot().state).toBe('reconnecting');
    vi.advanceTimersByTime(3_000);
    expect(sources).toHaveLength(2);
    sources[1]?.onopen?.();
    expect(live.snapshot().state).toBe('connected');
    expect(renewed).toContain('everything');
  });

  it('holds still while it is paused', () => {
    const { live, sources } = listening();
    live.pause();
    expect(sources[0]?.isClosed).toBe(true);
    expect(live.snapshot().state).toBe('paused');
    vi.advanceTimersByTime(60_000);
    expect(sources).toHaveLength(1);
  });

  it('passes over a message that was cut short', () => {
    const { live, sources } = listening();
    sources[0]?.sendRaw('counts', '{"type":"cou');
    expect(live.snapshot().counts).toBeNull();
  });
});
