import { httpWireContract } from '../http/contract.testkit.ts';
import { zeebeElasticsearch } from './elasticsearch.ts';
import { sampleRecords } from './records.testkit.ts';

const headers = { 'Content-Type': 'application/json' };
const lines = sampleRecords().lines.flatMap((line, index) => [
  `{"index":{"routing":"1","_index":"zeebe-record_any_8.6.0_2026-01-01","_id":"1-${index + 1}"}}`,
  line,
]);
const body = (from: number, to: number) => Buffer.from(`${lines.slice(from * 2, to * 2).join('\n')}\n`);

httpWireContract({
  wire: zeebeElasticsearch,
  below: '_bulk',
  accepted: {
    'a process': { headers, body: body(0, 4) },
    'a task': { headers, body: body(4, 9) },
    'the rest': { headers, body: body(9, lines.length / 2) },
  },
  malformed: {
    'no JSON': { headers, body: Buffer.from('<html>\n</html>\n') },
    'no action': { headers, body: Buffer.from(`${lines[1]}\n`) },
    'an action alone': { headers, body: Buffer.from(`${lines[0]}\n`) },
    nothing: { headers, body: Buffer.from('\n') },
  },
  accepts: { status: 200, method: 'POST' },
  messageOf: (answer) => (JSON.parse(answer.body.toString()) as { error: { reason: string } }).error.reason,
});
