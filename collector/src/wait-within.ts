/**
 * Waits for something until it settles, the time is over, or `signal` aborts; `wait` ends when the signal that it is given aborts.
 *
 * Not `AbortSignal.any([signal, AbortSignal.timeout(ms)])`: in Node 20 nothing keeps that pair alive, so the collector of garbage can
 * take it away and the wait never ends.
 */
export async function waitWithin(
  ms: number,
  signal: AbortSignal,
  wait: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const over = new AbortController();
  const end = (): void => over.abort();
  const timer = setTimeout(end, Math.max(0, Math.ceil(ms)));
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    await wait(over.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
