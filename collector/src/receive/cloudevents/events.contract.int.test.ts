import { httpWireContract } from '../http/contract.testkit.ts';
import { JSON_TYPE } from '../http/receiver.testkit.ts';
import { BATCH, binaryHeaders, bodyOf, eventJson, STRUCTURED } from './cloudevents.testkit.ts';
import { cloudEvents } from './events.ts';

const big =
  '{"specversion":"1.0","id":"1","source":"/s","type":"t","data":[9007199254740993,"\\ud83d\\ude00"]}';

httpWireContract({
  wire: cloudEvents,
  accepted: {
    structured: { headers: STRUCTURED, body: bodyOf(eventJson({ subject: 'Größe 😀', extension: true })) },
    batch: { headers: BATCH, body: bodyOf([eventJson(), eventJson({ id: '2', data: undefined })]) },
    binary: { headers: binaryHeaders({ subject: 'Größe 😀' }), body: bodyOf({ order: { id: 42 } }) },
    'binary with other data': {
      headers: binaryHeaders({ datacontenttype: 'text/plain' }),
      body: Buffer.from('x'),
    },
    'one in plain JSON': { headers: JSON_TYPE, body: Buffer.from(big) },
    'several in plain JSON': { headers: JSON_TYPE, body: Buffer.from(`\n [${big}]`) },
    'data in Base64': {
      headers: STRUCTURED,
      body: bodyOf(eventJson({ data: undefined, data_base64: 'eyJhIjoxfQ==' })),
    },
  },
  malformed: {
    structured: { headers: STRUCTURED, body: Buffer.from('{"specversion":"1.0"') },
    batch: { headers: BATCH, body: bodyOf(eventJson()) },
    binary: { headers: { ...binaryHeaders(), 'ce-id': '' }, body: Buffer.from('{}') },
    'plain JSON that is no event': { headers: JSON_TYPE, body: Buffer.from('{"id":"1"}') },
  },
  accepts: { status: 202, method: 'POST' },
  messageOf: (answer) => (JSON.parse(answer.body.toString()) as { detail: string }).detail,
});
