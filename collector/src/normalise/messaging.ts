import type { MessageContext, MessageRole } from '../event/event.ts';
import { type OtlpSpan, SPAN_KIND } from '../receive/otlp/span.ts';
import { boundKey } from './bounds.ts';
import { textOf } from './otlp-text.ts';

/** `messaging.operation.type` of the OpenTelemetry semantic conventions 1.40.0, and the older words of the same things. */
const ROLES: Readonly<Record<string, MessageRole>> = {
  create: 'published',
  send: 'published',
  publish: 'published',
  receive: 'consumed',
  process: 'consumed',
  deliver: 'consumed',
};

const OPERATION_WORD =
  /^(?:create|send|publish|receive|process|deliver) (.+)$|^(.+) (?:create|send|publish|receive|process|deliver)$/;

/**
 * What the span says of a message, or undefined when it is no messaging span, or one that moves none: a settlement, or a CLIENT
 * span that sends messages whose own "create" spans it links to.
 *
 * @param name the span's name, bounded.
 */
export function messageOf(span: OtlpSpan, name: string): MessageContext | undefined {
  const role = roleOf(span);
  if (role === undefined) return undefined;
  const attributes = span.attributes;
  return {
    role,
    destination: destinationOf(span, role, name),
    messageId: boundKey(
      String(attributes['messaging.message.id'] ?? attributes['messaging.message_id'] ?? placeOf(attributes)),
    ).value,
  };
}

/** In Kafka the place in the topic is what identifies a message: `PARTITION-OFFSET`. */
function placeOf(attributes: OtlpSpan['attributes']): string {
  const partition =
    attributes['messaging.destination.partition.id'] ??
    attributes['messaging.kafka.destination.partition'] ??
    attributes['messaging.kafka.partition'];
  const offset = attributes['messaging.kafka.offset'] ?? attributes['messaging.kafka.message.offset'];
  return partition === undefined || offset === undefined ? '' : `${partition}-${offset}`;
}

function roleOf(span: OtlpSpan): MessageRole | undefined {
  const { kind, attributes } = span;
  const operation = textOf(
    attributes['messaging.operation.type'] ??
      attributes['messaging.operation'] ??
      attributes['messaging.operation.name'],
  ).toLowerCase();
  if (operation === 'settle') return undefined;
  if (kind === SPAN_KIND.producer) return 'published';
  if (kind === SPAN_KIND.consumer) return 'consumed';
  if (attributes['messaging.system'] === undefined) return undefined;
  const role = Object.hasOwn(ROLES, operation) ? ROLES[operation] : undefined;
  if (role === 'published' && operation !== 'create' && span.links.length > 0) return undefined;
  return role;
}

/** The template first: it is what messages of one sort share where the name carries ids or was made up by the broker. */
function destinationOf(span: OtlpSpan, role: MessageRole, name: string): string {
  const attributes = span.attributes;
  const template = textOf(attributes['messaging.destination.template']);
  if (template !== '') return template;
  if (attributes['messaging.destination.anonymous'] === true) return '(anonymous)';
  if (attributes['messaging.destination.temporary'] === true) return '(temporary)';
  const published = role === 'consumed' ? attributes['messaging.destination_publish.name'] : undefined;
  const named = textOf(
    published ??
      attributes['messaging.destination.name'] ??
      attributes['messaging.source.name'] ??
      attributes['messaging.destination'],
  );
  if (named !== '') return named;
  const match = OPERATION_WORD.exec(name);
  return match?.[1] ?? match?.[2] ?? name;
}
