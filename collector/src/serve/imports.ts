import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { RequestHandler } from 'express';
import type { ImportFile } from '../importer.ts';
import { badParameter } from './problem.ts';
import { type ImportLine, ImportQuery } from './schema.ts';

/**
 * `POST /api/v1/imports?flow=NAME`: the body is the file. It is written beside the data first (its digest has to be known before its
 * first row), then read; the answer is a line of JSON for every step of progress and one for the report.
 */
export function importRoute(directory: string, importFile: ImportFile): RequestHandler {
  return async (request, response) => {
    const query = ImportQuery.safeParse(request.query);
    if (!query.success) {
      const issue = query.error.issues[0];
      throw badParameter(
        String(issue?.path[0] ?? 'flow'),
        issue?.message ?? 'not allowed',
        Object.keys(ImportQuery.shape),
      );
    }
    const { name, ...options } = query.data;
    await mkdir(directory, { recursive: true });
    const path = join(directory, randomUUID());
    try {
      await pipeline(request, createWriteStream(path));
      response.type('application/x-ndjson');
      const line = (value: ImportLine): void => {
        response.write(`${JSON.stringify(value)}\n`);
      };
      line(await importFile({ path, name, options, onProgress: line }));
      response.end();
    } finally {
      await rm(path, { force: true });
    }
  };
}
