import { createHash } from 'node:crypto';
import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { ImportError } from './import-error.ts';

const CHUNK_BYTES = 256 * 1024;

export type StoredFile = {
  readonly compressed: boolean;
  /** As stored, that is compressed where it is. */
  readonly bytesTotal: number;
  /** SHA-256 of the stored bytes, in hexadecimal. */
  readonly digest: string;
  /** The decompressed content, once. Ending the iteration early closes the file. */
  read(): AsyncIterable<Buffer>;
  /** Stored bytes that {@link read} took so far. */
  bytesRead(): number;
};

/** Reads the file once for its digest; whether it is gzip is told by its first two bytes, not by its name. */
export async function openStoredFile(path: string, fileName: string): Promise<StoredFile> {
  const bytesTotal = await sizeOf(path, fileName);
  const hash = createHash('sha256');
  let magic = 0;
  let first = true;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    if (first && chunk.length >= 2) magic = chunk.readUInt16BE(0);
    first = false;
    hash.update(chunk);
  }
  const compressed = magic === 0x1f8b;
  let file: ReadStream | undefined;
  return {
    compressed,
    bytesTotal,
    digest: hash.digest('hex'),
    read: () => {
      file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
      return compressed ? decompress(file, fileName) : (file as AsyncIterable<Buffer>);
    },
    bytesRead: () => file?.bytesRead ?? 0,
  };
}

async function sizeOf(path: string, fileName: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile()) {
    throw new ImportError({
      code: 'not-found',
      message: `${fileName} ${found === undefined ? 'does not exist or cannot be read' : 'is not a file'}`,
      hint: 'Give the path of a log file.',
    });
  }
  if (found.size === 0) throw emptyFile(fileName);
  return found.size;
}

export function emptyFile(fileName: string): ImportError {
  return new ImportError({
    code: 'empty',
    message: `${fileName} is empty`,
    hint: 'Export the log again: it needs a header line (CSV) or a <log> element (XES).',
  });
}

async function* decompress(file: ReadStream, fileName: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  file.on('error', (error) => gunzip.destroy(error));
  file.pipe(gunzip);
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    throw gzipFault(fileName, error);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

function gzipFault(fileName: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') {
    return new ImportError({
      code: 'truncated-gzip',
      message: `${fileName} ends in the middle of its gzip stream`,
      hint: 'The file was not copied or downloaded to its end: fetch it again (`gzip -t` checks it).',
    });
  }
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error;
  return new ImportError({
    code: 'corrupt-gzip',
    message: `${fileName} is damaged: ${error instanceof Error ? error.message : code}`,
    hint: 'Fetch the file again (`gzip -t` checks it).',
  });
}
