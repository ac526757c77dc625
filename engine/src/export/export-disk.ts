import { constants } from 'node:fs';
import { mkdir, open, readdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * What file exporters need of a disk. Not the log's port: that one blocks its thread while it syncs, and exporters share
 * theirs with the processing of commands.
 */
export interface ExportDisk {
  /** Names in the directory, which is created when it is not there. */
  list(directory: string): Promise<readonly string[]>;
  /** Created durably when it is not there. */
  open(path: string): Promise<ExportFile>;
  remove(path: string): Promise<void>;
}

export interface ExportFile {
  size(): Promise<number>;
  truncate(sizeBytes: number): Promise<void>;
  write(bytes: Uint8Array, offset: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The real disk, through node:fs/promises. */
export const nodeExportDisk: ExportDisk = {
  async list(directory) {
    await mkdir(directory, { recursive: true });
    return readdir(directory);
  },
  async open(path) {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT);
    await syncDirectory(dirname(join(path)));
    return {
      size: async () => (await handle.stat()).size,
      truncate: (sizeBytes) => handle.truncate(sizeBytes),
      async write(bytes, offset) {
        for (let done = 0; done < bytes.length; ) {
          const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, offset + done);
          done += bytesWritten;
        }
      },
      sync: () => handle.datasync(),
      close: () => handle.close(),
    };
  },
  remove: (path) => unlink(path),
};

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
