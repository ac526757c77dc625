import { httpWireContract } from '../http/contract.testkit.ts';
import { JSON_TYPE, PROTOBUF } from '../http/receiver.testkit.ts';
import { asJson, asProtobuf, decodeStatus, requestOf, span } from './otlp.testkit.ts';
import { otlpTraces } from './traces.ts';

const request = requestOf([span(), span()]);

httpWireContract({
  wire: otlpTraces,
  accepted: {
    protobuf: { headers: PROTOBUF, body: asProtobuf(request) },
    json: { headers: JSON_TYPE, body: asJson(request) },
  },
  malformed: {
    protobuf: { headers: PROTOBUF, body: Buffer.from([0x0a, 0x7f, 0x01]) },
    json: { headers: JSON_TYPE, body: Buffer.from('{"resourceSpans":[') },
  },
  accepts: { status: 200, method: 'POST' },
  messageOf: (answer) =>
    answer.headers['content-type'] === 'application/json'
      ? (JSON.parse(answer.body.toString()) as { message: string }).message
      : (decodeStatus(answer.body) as { message: string }).message,
});
