import { CodeSnippet } from '@carbon/react';
import { useQuery } from '@tanstack/react-query';
import { statusQuery } from '../../api/queries.ts';
import { AppLink } from '../app-link.tsx';

const fromServices = `export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_SERVICE_NAME=registration`;
const fromCloudEvents = `curl http://127.0.0.1:8080/api/v1/events \\
  -H 'Content-Type: application/cloudevents+json' \\
  -d '{"specversion":"1.0","id":"1","source":"/shop/orders","type":"order.placed","data":{"orderId":42}}'`;
const keyRule = `version: 1
flows:
  orders:
    keys:
      order: [{ source: cloudevents, path: data.orderId }]`;
const fromFile = 'npx throughline import events.csv --flow orders --case order --activity step --time at';

/** What a person sees who has just installed it: the ways in, or, once events have arrived, what makes flows of them. */
export function NoFlows() {
  const { data } = useQuery(statusQuery());
  return data && data.events.total > 0 ? <NoKeys events={data.events.total} /> : <NoEvents />;
}

function NoKeys({ events }: { readonly events: number }) {
  return (
    <section className="empty">
      <h2>
        {events.toLocaleString()} {events === 1 ? 'event has' : 'events have'} arrived, none of them in a flow
      </h2>
      <p className="page-lead">
        Events become a flow by what they have in common: a trace, or a key such as the number of an order.
        Say in <code>throughline.yaml</code> where the key stands, and start again:
      </p>
      <CodeSnippet type="multi" feedback="Copied" wrapText>
        {keyRule}
      </CodeSnippet>
    </section>
  );
}

function NoEvents() {
  return (
    <section className="empty">
      <h2>No event has arrived yet</h2>
      <p className="page-lead">
        Throughline draws what your services do from the events that they emit. Send it some:
      </p>
      <div className="empty-ways">
        <div>
          <h3>From running services</h3>
          <p>
            Anything instrumented with OpenTelemetry needs only to know where to send. Set, and start the
            service again:
          </p>
          <CodeSnippet type="multi" feedback="Copied" wrapText hideCopyButton={false}>
            {fromServices}
          </CodeSnippet>
        </div>
        <div>
          <h3>From what sends CloudEvents</h3>
          <p>One event, a batch, or binary mode over HTTP:</p>
          <CodeSnippet type="multi" feedback="Copied" wrapText>
            {fromCloudEvents}
          </CodeSnippet>
        </div>
        <div>
          <h3>From a log that you have</h3>
          <p>CSV or XES, also gzipped. Each case becomes one process instance:</p>
          <CodeSnippet type="multi" feedback="Copied" wrapText>
            {fromFile}
          </CodeSnippet>
        </div>
      </div>
      <p>
        This page fills by itself as soon as something arrives. Events whose instance is already known can be{' '}
        <AppLink href="/search">searched for by their key</AppLink>.
      </p>
    </section>
  );
}
