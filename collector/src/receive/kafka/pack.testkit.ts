import type { KafkaMessage } from './message.ts';
import { Packer, packedBytesMost } from './pack.ts';

/** As the acceptor packs them. */
export function packMessages(messages: readonly KafkaMessage[]): Uint8Array {
  const packer = new Packer();
  for (const message of messages) packer.add(message, packedBytesMost(message));
  return packer.bytes;
}
