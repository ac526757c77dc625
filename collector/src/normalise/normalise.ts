import type { KeyReader } from '../config/flow.ts';
import type { KafkaTopics } from '../config/kafka-topics.ts';
import type { Normalised } from '../event/event.ts';
import type { IntakeRecord } from '../intake/record.ts';
import { normaliseCloudEvents } from './cloudevents.ts';
import { normaliseKafka } from './kafka.ts';
import { normaliseOcel } from './ocel.ts';
import { normaliseOtlp } from './otlp.ts';
import { normaliseOtlpLogs } from './otlp-logs.ts';
import { normaliseRecords } from './records.ts';
import { normaliseRefused } from './refused.ts';
import { normaliseRows } from './rows.ts';
import { normaliseUnreadable } from './unreadable.ts';

const NOTHING: Normalised = { events: [], deadLetters: [] };

/** What the configuration says of reading: it changes what an accepted record means, never whether it is accepted. */
export type NormaliseRules = {
  readonly keyReaders: readonly KeyReader[];
  readonly kafkaTopics?: KafkaTopics | undefined;
};

/** Accepted record → events and dead letters. Pure: the same record and the same rules give the same answer. */
export function normalise(record: IntakeRecord, rules: NormaliseRules): Normalised {
  const { head, body } = record;
  const { keyReaders } = rules;
  switch (head.wire) {
    case 'otlp':
      return normaliseOtlp(head, body, keyReaders);
    case 'otlp-logs':
      return normaliseOtlpLogs(head, body, keyReaders);
    case 'cloudevents':
      return normaliseCloudEvents(head, body, keyReaders);
    case 'refused':
      return normaliseRefused(head, body);
    case 'discard':
    case 'expire':
      return NOTHING;
    case 'rows':
      return normaliseRows(head, body, keyReaders);
    case 'ocel':
      return normaliseOcel(head, body, keyReaders);
    case 'unreadable':
      return normaliseUnreadable(head, body);
    case 'records':
      return normaliseRecords(head, body, keyReaders);
    case 'kafka':
      return normaliseKafka(head, body, keyReaders, rules.kafkaTopics);
  }
}
