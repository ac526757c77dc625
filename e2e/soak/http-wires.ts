import { accepted, keyOf, type LoadWire } from './load-wire.ts';
import { spansOf, traceRequestJson } from './spans.ts';

/** OTLP/HTTP in JSON, at its own port. */
export const otlpHttp: LoadWire = {
  name: 'otlp-http',
  request(no, random) {
    const { ids, spans } = spansOf('a', no, 1 + Math.floor(random() * 20));
    const body = traceRequestJson(spans);
    return {
      async send(to) {
        const answer = await fetch(`${to.otlpHttp}/v1/traces`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body,
        });
        if ((await accepted(answer, 200)) !== '{}') throw new Error('a span was refused');
        return ids;
      },
    };
  },
};

/** CloudEvents in batches, at the main port. */
export const cloudEvents: LoadWire = {
  name: 'cloudevents',
  request(no, random) {
    const count = 1 + Math.floor(random() * 20);
    const time = new Date().toISOString();
    const events = Array.from({ length: count }, (_, i) => ({
      specversion: '1.0',
      id: `${no}-${i}`,
      source: '/soak',
      type: `event ${i}`,
      time,
      data: { key: keyOf(no) },
    }));
    const body = JSON.stringify(events);
    return {
      async send(to) {
        const answer = await fetch(`${to.http}/api/v1/events`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/cloudevents-batch+json' },
          body,
        });
        const report = JSON.parse(await accepted(answer, 202)) as { accepted: number };
        if (report.accepted !== count) throw new Error(`only ${report.accepted} of ${count} were accepted`);
        return events.map(({ id }) => `/soak ${id}`);
      },
    };
  },
};

const PARTITION = 1;
const FIRST_INSTANCE = 1n << 51n;
const RECORDS_MAX = 100;

/** Records of a workflow engine by lines, at the main port: a process instance with elements that begin. */
export const engineRecords: LoadWire = {
  name: 'records',
  request(no, random) {
    const timestamp = Date.now();
    const instance = FIRST_INSTANCE + BigInt(no * RECORDS_MAX);
    const positions = Array.from({ length: 1 + Math.floor(random() * 20) }, (_, i) => no * RECORDS_MAX + i);
    const body = positions.map((position, i) => {
      const subject = `"processInstanceKey":${instance},"bpmnProcessId":"soak-process","elementId":"task-${i}"`;
      const value = `{${subject},"bpmnElementType":"SERVICE_TASK","flowScopeKey":${instance},"version":1}`;
      const head = `"partitionId":${PARTITION},"position":${position},"key":${instance + BigInt(i + 1)}`;
      const kind = '"recordType":"EVENT","valueType":"PROCESS_INSTANCE","intent":"ELEMENT_ACTIVATING"';
      return `{${head},"sourceRecordPosition":-1,"timestamp":${timestamp},${kind},"value":${value}}`;
    });
    return {
      async send(to) {
        const answer = await fetch(`${to.http}/api/v1/records`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-ndjson' },
          body: body.join('\n'),
        });
        const report = JSON.parse(await accepted(answer, 202)) as { accepted: number };
        if (report.accepted !== body.length) throw new Error(`only ${report.accepted} were accepted`);
        return positions.map((position) => `zeebe:${PARTITION}-${position}`);
      },
    };
  },
};
