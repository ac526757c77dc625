import { grpcMethodContract } from '../grpc/contract.testkit.ts';
import { httpWireContract } from '../http/contract.testkit.ts';
import { JSON_TYPE, PROTOBUF } from '../http/receiver.testkit.ts';
import { log, logsAsJson, logsAsProtobuf, logsOf } from './logs.testkit.ts';
import { otlpLogs } from './logs.ts';
import { decodeStatus } from './otlp.testkit.ts';

const request = logsOf([log(), log({ eventName: 'order.paid' })]);
const malformed = Buffer.from([0x0a, 0x7f, 0x01]);

httpWireContract({
  wire: otlpLogs,
  accepted: {
    protobuf: { headers: PROTOBUF, body: logsAsProtobuf(request) },
    json: { headers: JSON_TYPE, body: logsAsJson(request) },
  },
  malformed: {
    protobuf: { headers: PROTOBUF, body: malformed },
    json: { headers: JSON_TYPE, body: Buffer.from('{"resourceLogs":[') },
  },
  accepts: { status: 200, method: 'POST' },
  messageOf: (answer) =>
    answer.headers['content-type'] === 'application/json'
      ? (JSON.parse(answer.body.toString()) as { message: string }).message
      : (decodeStatus(answer.body) as { message: string }).message,
});

grpcMethodContract({
  path: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  wire: otlpLogs,
  accepted: logsAsProtobuf(request),
  malformed,
});
