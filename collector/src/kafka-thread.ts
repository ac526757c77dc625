import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { KafkaSection } from './config/kafka.ts';
import { KafkaTopics } from './config/kafka-topics.ts';
import { readKafkaMessage } from './normalise/kafka-read.ts';
import type { KafkaMessage, KafkaPlace } from './receive/kafka/message.ts';
import { KafkaReceiver } from './receive/kafka/receiver.ts';
import { answerCalls, ThreadCaller } from './thread-call.ts';

/** The thread that reads topics and hands their records to the intake: decoding what brokers send is work. */
export type KafkaThreadOptions = {
  readonly section: KafkaSection;
  readonly maxMessageBytes: number;
  /** The other end is answered by the intake thread. */
  readonly intake: MessagePort;
};

export type KafkaThreadMessage = { readonly kind: 'ready' } | { readonly kind: 'log'; readonly line: string };

function startKafka(options: KafkaThreadOptions): void {
  const port = parentPort;
  if (port === null) throw new Error('Kafka is read in a worker thread');
  const post = (message: KafkaThreadMessage): void => port.postMessage(message);
  const intake = new ThreadCaller(options.intake);
  const topics = new KafkaTopics(options.section);
  const receiver = new KafkaReceiver(options.section, {
    append: (record) => intake.call('append', [record], [record.buffer as ArrayBuffer]),
    ...(options.section.deadLetterTopic !== undefined && {
      refusal: (message: KafkaMessage, place: KafkaPlace, receivedAtUs: number) => {
        const reading = readKafkaMessage(message, place, receivedAtUs, topics.find(place.topic));
        return typeof reading === 'string' ? reading : undefined;
      },
    }),
    maxMessageBytes: options.maxMessageBytes,
    nowUs: () => Date.now() * 1000,
    log: (line) => post({ kind: 'log', line }),
  });
  answerCalls(port, {
    figures: () => receiver.figures(),
    async stop() {
      await receiver.stop();
      options.intake.close();
      // Connections that could not be closed in time must not keep the thread.
      setImmediate(() => process.exit(0));
    },
  });
  post({ kind: 'ready' });
}

startKafka(workerData as KafkaThreadOptions);
