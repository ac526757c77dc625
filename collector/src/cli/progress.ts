import type { ImportLine } from '../serve/schema.ts';

const WIDTH = 24;
const INTERVAL_MS = 100;

/** A bar on a terminal; nothing where the output is no terminal. */
export function progressBar(label: string, stream: NodeJS.WriteStream, wanted: boolean) {
  const visible = wanted && stream.isTTY;
  let shownAt = 0;
  return {
    show: (line: ImportLine): void => {
      if (!visible || line.kind !== 'progress') return;
      const now = performance.now();
      if (now - shownAt < INTERVAL_MS) return;
      shownAt = now;
      const share = line.bytesTotal === 0 ? 1 : Math.min(1, line.bytesRead / line.bytesTotal);
      const done = Math.round(share * WIDTH);
      const bar = '█'.repeat(done) + '░'.repeat(WIDTH - done);
      stream.write(`\r${label} ${bar} ${Math.round(share * 100)} % ${line.read.toLocaleString('en')} events`);
    },
    end: (): void => {
      if (visible) stream.write('\r\u001b[K');
    },
  };
}
