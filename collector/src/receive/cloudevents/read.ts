import type { CloudEventsHead } from '../../intake/record.ts';
import { parseExactJson } from '../exact-json.ts';
import { type CloudEvent, CloudEventFault, readBinaryEvent, readJsonEvent } from './cloud-event.ts';

export type CloudEventVisitor = {
  /** `index` counts from 0 over the whole request. */
  event(event: CloudEvent, index: number): void;
  /** @param content of the event, as JSON; of one in binary mode its attributes. */
  refused(fault: CloudEventFault, index: number, content: unknown): void;
};

type Encoded = Pick<CloudEventsHead, 'encoding' | 'attributes' | 'receivedAtUs'>;

/**
 * Reads the events of one request: the same for the receiver, which answers, and for the normaliser later. What is wrong with one event
 * is told to the visitor and is of no consequence for the others.
 *
 * @throws CloudEventFault when the body is none of its encoding.
 */
export function readCloudEvents(head: Encoded, body: Uint8Array, visit: CloudEventVisitor): void {
  const { encoding, attributes = {}, receivedAtUs } = head;
  if (encoding === 'binary') {
    readOne(() => readBinaryEvent(attributes, body, receivedAtUs), 0, attributes, visit);
    return;
  }
  const json = jsonOf(body);
  if (encoding === 'structured') {
    readOne(() => readJsonEvent(json, receivedAtUs), 0, json, visit);
    return;
  }
  if (!Array.isArray(json)) throw new CloudEventFault('body', 'a batch is a JSON array of events');
  for (let index = 0; index < json.length; index++) {
    readOne(() => readJsonEvent(json[index], receivedAtUs), index, json[index], visit);
  }
}

function readOne(read: () => CloudEvent, index: number, content: unknown, visit: CloudEventVisitor): void {
  let event: CloudEvent;
  try {
    event = read();
  } catch (error) {
    if (!(error instanceof CloudEventFault)) throw error;
    visit.refused(error, index, content);
    return;
  }
  visit.event(event, index);
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return parseExactJson(body);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CloudEventFault('body', `is not JSON in UTF-8: ${why}`);
  }
}
