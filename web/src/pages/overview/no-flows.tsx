import { CodeSnippet } from '@carbon/react';
import { AppLink } from '../app-link.tsx';

const fromServices = `export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_SERVICE_NAME=registration`;
const fromFile = 'npx throughline import events.csv --flow orders --case order --activity step --time at';

/** What a person sees who has just installed it: the two ways in. */
export function NoFlows() {
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
