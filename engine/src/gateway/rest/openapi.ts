import { z } from 'zod';
import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { BROKER_VERSION } from '../../protocol/batch-codec.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations.ts';
import * as Api from './schema.ts';

/** The OpenAPI 3.1 description, from the operations and schemas that requests are checked and answered with. */
export function openApiDocument(): oas31.OpenAPIObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of operations) {
    const path = `/engine/v1${operation.path}`;
    paths[path] = { ...paths[path], [operation.method]: described(operation) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Throughline engine',
      version: BROKER_VERSION,
      description:
        'A workflow engine for BPMN 2.0. Keys are strings; times and durations are milliseconds. A request that can ' +
        'not be done is answered with “Expected … but …” and changes nothing.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: { ...(paths as ZodOpenApiPathsObject), ...others },
  });
}

function described({ summary, path, body, answer, refusals }: Operation): ZodOpenApiOperationObject {
  const parameter = /\{(\w+)\}/.exec(path)?.[1];
  const refused = refusals.length === 0 ? '' : ` Its own codes: ${refusals.join(', ')}.`;
  return {
    summary,
    ...(parameter === undefined
      ? {}
      : { requestParams: { path: z.object({ [parameter]: Api.KeyParameter }) } }),
    ...(body === undefined ? {} : { requestBody: { content: { 'application/json': { schema: body } } } }),
    responses: {
      ...(answer === undefined
        ? { 204: { description: 'Done and durable' } }
        : { 200: { description: summary, content: { 'application/json': { schema: answer } } } }),
      default: problem(refused),
    },
  };
}

function problem(refused: string) {
  return {
    description: `Why it was not done.${refused} 429 and 503 say when to try again.`,
    content: { 'application/problem+json': { schema: Api.Problem } },
  };
}

const health = {
  summary: 'Whether all partitions are open; 503 when one is not, with what will become of it',
  responses: {
    200: { description: 'All are', content: { 'application/json': { schema: Api.Health } } },
    503: { description: 'One or more are not', content: { 'application/json': { schema: Api.Health } } },
  },
};

/** What is not an operation: a stream, and what needs no engine. */
const others: ZodOpenApiPathsObject = {
  '/engine/v1/jobs/stream': {
    post: {
      summary: 'Hand out jobs as they come, a line of JSON each; empty lines show that it lives',
      requestBody: { content: { 'application/json': { schema: Api.StreamJobsRequest } } },
      responses: {
        200: {
          description: 'Jobs, until the client goes; a last line `{"problem": …}` where it ends by itself',
          content: { 'application/x-ndjson': { schema: Api.ActivatedJob } },
        },
        default: problem(''),
      },
    },
  },
  '/engine/v1/healthz': { get: health },
};
