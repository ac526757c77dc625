import { httpWireContract } from '../http/contract.testkit.ts';
import { recordLine, sampleRecords } from './records.testkit.ts';
import { engineRecords } from './records.ts';

const headers = { 'Content-Type': 'application/x-ndjson' };
const sample = sampleRecords();
const lines = (from: number, to: number) => Buffer.from(`${sample.lines.slice(from, to).join('\n')}\n`);
const far = recordLine({
  valueType: 'JOB',
  intent: 'CREATED',
  partitionId: 5,
  key: 11_258_999_068_426_243n,
  value: {
    processInstanceKey: 11_258_999_068_426_241n,
    elementInstanceKey: 11_258_999_068_426_242n,
    bpmnProcessId: 'order',
    type: 'payment',
  },
});

httpWireContract({
  wire: engineRecords,
  accepted: {
    'a process': { headers, body: lines(0, 4) },
    'a task': { headers, body: lines(4, 9) },
    'the rest': { headers, body: lines(9, sample.lines.length) },
    'keys beyond 2^53': { headers: { 'Content-Type': 'application/json' }, body: Buffer.from(far) },
  },
  malformed: {
    'no JSON': { headers, body: Buffer.from('<html>\n</html>\n') },
    'no record': { headers, body: Buffer.from('{"a":1}\n') },
    'an array': { headers, body: Buffer.from('[]') },
    nothing: { headers, body: Buffer.from('\n\n') },
  },
  accepts: { status: 202, method: 'POST' },
  messageOf: (answer) => (JSON.parse(answer.body.toString()) as { detail: string }).detail,
});
