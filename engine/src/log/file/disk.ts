/**
 * What the log needs of a disk. Synchronous: the log has its own thread, and fsync there is what paces it.
 * Every call throws the disk's own error. Nothing survives a crash before the matching `sync`.
 */
export interface Disk {
  /** Creates the directory and those above it as needed, durably. Nothing happens when it is there. */
  makeDirectory(path: string): void;
  /** Names of the entries, in no order. */
  list(directory: string): readonly string[];
  /** `create` fails when the file is there; `read` and `update` when it is not. */
  open(path: string, mode: 'read' | 'update' | 'create'): DiskFile;
  remove(path: string): void;
  /**
   * Gives the file another name in the same directory, in place of what has it. After a crash the directory is as it was
   * before or as it is after, as with every change; `syncDirectory` makes it durable.
   */
  rename(path: string, newPath: string): void;
  /** Makes the creations, removals and renamings in the directory durable. */
  syncDirectory(path: string): void;
  /**
   * Makes the caller's thread the directory's owner until the returned function is called or the thread dies.
   * Throws LogError `locked`, naming the holder's process id, when a living one has it.
   */
  own(directory: string): () => void;
}

export interface DiskFile {
  size(): number;
  /** Fills `target` from `offset` on; returns the bytes read, fewer only at the end of the file. */
  read(target: Uint8Array, offset: number): number;
  /** Writes all the chunks one after the other from `offset` on, or throws, with any part of them written. */
  write(chunks: readonly Uint8Array[], offset: number): void;
  truncate(sizeBytes: number): void;
  /** Makes content and size durable. After it threw, what was written since the last success is in doubt. */
  sync(): void;
  close(): void;
}
