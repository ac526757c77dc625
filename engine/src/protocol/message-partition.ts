/**
 * The partition that keeps messages with this correlation key and who waits for them: Zeebe's hash of the key's UTF-8
 * bytes. All messages without a key are the first partition's.
 */
export function messagePartitionOf(correlationKey: string, partitions: number): number {
  let hash = 0;
  for (const byte of Buffer.from(correlationKey)) hash = (31 * hash + ((byte << 24) >> 24)) | 0;
  return Math.abs(hash % partitions) + 1;
}
