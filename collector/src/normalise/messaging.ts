import type { AttributeValue, MessageContext } from '../event/event.ts';
import { type OtlpSpan, SPAN_KIND } from '../receive/otlp/span.ts';

/** The version of the OpenTelemetry semantic conventions whose words are read; older words of the same things are read too. */
export const SEMANTIC_CONVENTIONS_VERSION = '1.40.0';

const PUBLISHING = new Set(['create', 'send', 'publish']);
const CONSUMING = new Set(['receive', 'process', 'deliver']);
const OPERATION_WORD =
  /^(create|send|publish|receive|process|deliver) (.+)$|^(.+) (create|send|publish|receive|process|deliver)$/;

/** What the span says of a message, or undefined when it is no messaging span (or only settles one). */
export function messageOf(span: OtlpSpan): MessageContext | undefined {
  const role = roleOf(span);
  if (role === undefined) return undefined;
  return {
    role,
    destination: destinationOf(span),
    messageId: text(span.attributes['messaging.message.id']),
  };
}

function roleOf(span: OtlpSpan): 'published' | 'consumed' | undefined {
  const operation = text(
    span.attributes['messaging.operation.type'] ?? span.attributes['messaging.operation'],
  ).toLowerCase();
  if (operation === 'settle') return undefined;
  if (span.kind === SPAN_KIND.producer) return 'published';
  if (span.kind === SPAN_KIND.consumer) return 'consumed';
  if (span.attributes['messaging.system'] === undefined) return undefined;
  if (PUBLISHING.has(operation)) return 'published';
  if (CONSUMING.has(operation)) return 'consumed';
  return undefined;
}

/** The template first: it is what messages of one sort share where the name carries ids. */
function destinationOf(span: OtlpSpan): string {
  const named = text(
    span.attributes['messaging.destination.template'] ?? span.attributes['messaging.destination.name'],
  );
  if (named !== '') return named;
  const match = OPERATION_WORD.exec(span.name);
  return match?.[2] ?? match?.[3] ?? span.name;
}

function text(value: AttributeValue | undefined): string {
  return value === undefined ? '' : String(value);
}
