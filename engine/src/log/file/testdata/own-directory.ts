/** Owns a log's directory as a process or as a worker, says so, and stays until it is ended. */
import { parentPort, workerData } from 'node:worker_threads';
import { openFileLog } from '../../index.ts';

openFileLog({ directory: (workerData as string | null) ?? process.argv[2] ?? '', partitions: 1 });
if (parentPort === null) process.stdout.write('owned\n');
else parentPort.postMessage('owned');
setInterval(() => {}, 2 ** 30);
