/**
 * Appends numbered records from a given number on, eight at a time, and prints the number and position of
 * each as soon as it is acknowledged. Arguments: directory, first number.
 */
import { writeSync } from 'node:fs';
import { openFileLog } from '../../index.ts';

const [directory = '', first = '0'] = process.argv.slice(2);
const appender = openFileLog({ directory, partitions: 1, segmentBytes: 20_000 }).appender(0);
let next = Number(first);

async function appendForever(): Promise<never> {
  for (;;) {
    const id = next;
    next += 1;
    const position = await appender.append(Buffer.from(`${id}:${'x'.repeat((id * 37) % 900)}`));
    writeSync(1, `${id} ${position}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, appendForever));
