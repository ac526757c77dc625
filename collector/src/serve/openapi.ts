import { z } from 'zod';
import { createDocument, type oas31, type ZodOpenApiOperationObject } from 'zod-openapi';
import { eventsOperation } from './events-operation.ts';
import * as Api from './schema.ts';

/** The OpenAPI 3.1 description, from the same schemas that the answers have. */
export function openApiDocument(version: string): oas31.OpenAPIObject {
  const flow = z.object({ flow: z.string() });
  const page = {
    cursor: z.string().optional().meta({ description: '`next` of the page before' }),
    limit: z.coerce.number().int().min(1).max(1000).default(50).optional(),
  };
  const filter = Api.FlowFilter.extend({ view: Api.ChainView.optional() });
  const paged = filter.extend(page);
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Throughline',
      version,
      description:
        'Event chains, process instances and stuck flows. Times are ISO 8601 UTC with microseconds, durations microseconds. ' +
        'Every filter may be joined by `attribute.NAME=VALUE`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: {
      '/api/v1/flows': { get: get('All flows with their counts by state', Api.FlowList) },
      '/api/v1/flows/{flow}/chain': {
        get: get('The event chain: activities and the transitions between them', Api.Chain, flow, filter),
      },
      '/api/v1/flows/{flow}/variants': {
        get: get('Ways through the flow, the most frequent first', Api.VariantPage, flow, paged),
      },
      '/api/v1/flows/{flow}/instances': {
        get: get('Process instances, the newest first', Api.InstancePage, flow, paged),
      },
      '/api/v1/instances/{instance}': {
        get: get(
          'One instance with steps, events and explanations',
          Api.Instance,
          z.object({ instance: z.string() }),
        ),
      },
      '/api/v1/search': {
        get: get(
          'Instances by business key, instance id, trace id or event id',
          Api.SearchResult,
          undefined,
          z.object({ key: z.string() }),
        ),
      },
      '/api/v1/stuck': {
        get: get(
          'What is stuck, the longest overdue first',
          Api.StuckPage,
          undefined,
          paged.extend({ flow: z.string().optional() }),
        ),
      },
      '/api/v1/dead-letters': {
        get: get(
          'Input that could not be read, with its reason',
          Api.DeadLetterPage,
          undefined,
          z.object(page),
        ),
      },
      '/api/v1/dead-letters/replay': {
        post: post(
          'Reads the records of dead letters again, by the rules of today',
          Api.DeadLetterChoice,
          Api.DeadLettersReplayed,
        ),
      },
      '/api/v1/dead-letters/discard': {
        post: post('Throws dead letters away', Api.DeadLetterChoice, Api.DeadLettersDiscarded),
      },
      '/api/v1/status': { get: get('What is running, lag and counts', Api.Status) },
      '/api/v1/events': { post: eventsOperation() },
      '/api/v1/imports': { post: importOperation() },
      '/api/v1/live': {
        get: {
          summary: 'Server-sent events: counts, newly stuck instances',
          responses: {
            200: {
              description: 'A stream that stays open',
              content: { 'text/event-stream': { schema: Api.LiveMessage } },
            },
          },
        },
      },
    },
  });
}

function get(
  summary: string,
  answer: z.ZodType,
  path?: z.ZodObject,
  query?: z.ZodObject,
): ZodOpenApiOperationObject {
  return {
    summary,
    requestParams: { ...(path && { path }), ...(query && { query }) },
    responses: {
      200: { description: summary, content: { 'application/json': { schema: answer } } },
      default: {
        description: 'What is wrong',
        content: { 'application/problem+json': { schema: Api.Problem } },
      },
    },
  };
}

function post(summary: string, body: z.ZodType, answer: z.ZodType): ZodOpenApiOperationObject {
  return {
    ...get(summary, answer),
    requestBody: { content: { 'application/json': { schema: body } } },
    responses: {
      202: {
        description: 'It is durable, and seen when the intake log has been read that far',
        content: { 'application/json': { schema: answer } },
      },
      default: {
        description: 'What is wrong',
        content: { 'application/problem+json': { schema: Api.Problem } },
      },
    },
  };
}

function importOperation(): ZodOpenApiOperationObject {
  return {
    summary: 'Bring in an event log (XES or CSV, also gzip); answers progress as JSON lines, the report last',
    requestParams: { query: Api.ImportQuery },
    requestBody: {
      content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
    },
    responses: {
      200: {
        description: 'Progress, then the report',
        content: { 'application/x-ndjson': { schema: Api.ImportLine } },
      },
      default: {
        description: 'What is wrong',
        content: { 'application/problem+json': { schema: Api.Problem } },
      },
    },
  };
}
