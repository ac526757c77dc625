import { grpcMethodContract } from '../grpc/contract.testkit.ts';
import { asProtobuf, requestOf, span } from './otlp.testkit.ts';
import { otlpTraces } from './traces.ts';

grpcMethodContract({
  path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  wire: otlpTraces,
  accepted: asProtobuf(requestOf([span(), span()])),
  malformed: Buffer.from([0x0a, 0x7f, 0x01]),
});
