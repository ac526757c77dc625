import { readFileSync } from 'node:fs';
import { Kafka, logLevel, type SASLOptions } from 'kafkajs';
import type { KafkaSection } from '../../config/kafka.ts';
import { installCodecs } from './codecs.ts';

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;

/** A client as the configuration says. @throws when a file of a certificate can't be read. */
export function kafkaClient(section: KafkaSection): Kafka {
  installCodecs();
  const { tls, sasl } = section;
  return new Kafka({
    clientId: section.clientId,
    brokers: section.brokers,
    ssl: typeof tls === 'boolean' ? tls : tlsOf(tls),
    ...(sasl && { sasl: saslOf(sasl) }),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Whoever uses it starts again from the beginning; nothing is gained by waiting long inside.
    retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries: 3, restartOnFailure: async () => false },
    logLevel: logLevel.NOTHING,
  });
}

function tlsOf(files: Exclude<KafkaSection['tls'], boolean>) {
  return {
    ...(files.caFile && { ca: readFileSync(files.caFile, 'utf8') }),
    ...(files.certFile && { cert: readFileSync(files.certFile, 'utf8') }),
    ...(files.keyFile && { key: readFileSync(files.keyFile, 'utf8') }),
  };
}

function saslOf({ mechanism, username, password }: NonNullable<KafkaSection['sasl']>): SASLOptions {
  return { mechanism, username, password };
}
