import { z } from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import * as Api from './schema.ts';

const text = z.string().min(1);

/** As it is written in JSON; every other member with a name of lower-case letters and digits is an extension. */
const CloudEvent = z
  .object({
    specversion: z.literal('1.0'),
    id: text.meta({ description: 'unique together with `source`' }),
    source: text.meta({
      description: 'URI reference of what the event comes from; its last segment is the service',
    }),
    type: text.meta({ description: 'what happened' }),
    time: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: 'RFC 3339; else when it was received' }),
    subject: z.string().optional(),
    datacontenttype: z.string().optional(),
    dataschema: z.string().optional(),
    traceparent: z
      .string()
      .optional()
      .meta({ description: 'W3C trace context of the sender: joins the trace' }),
    tenant: z
      .string()
      .optional()
      .meta({ description: 'with `environment`: kept apart from others in everything' }),
    environment: z.string().optional(),
    data: z.unknown().optional(),
    data_base64: z.string().optional(),
  })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .meta({ id: 'CloudEvent' });

/** The wire itself is `receive/cloudevents`; here it is described. */
export function eventsOperation(): ZodOpenApiOperationObject {
  return {
    summary: 'Takes CloudEvents 1.0: one, a batch, or in binary mode (`ce-` headers, any content type)',
    requestBody: {
      required: true,
      content: {
        'application/cloudevents+json': { schema: CloudEvent },
        'application/cloudevents-batch+json': { schema: z.array(CloudEvent) },
        'application/json': { schema: z.union([CloudEvent, z.array(CloudEvent)]) },
        '*/*': { schema: z.string().meta({ format: 'binary', description: 'the data of binary mode' }) },
      },
    },
    responses: {
      202: {
        description: 'Durable; of a batch at least one event',
        content: { 'application/json': { schema: Api.EventsAccepted } },
      },
      400: problem('Not a CloudEvent: `field` names what is wrong'),
      415: problem('A content type that is not read, without `ce-` headers'),
      429: problem('Try again after the seconds of Retry-After'),
      default: problem('What is wrong'),
    },
  };
}

function problem(description: string) {
  return { description, content: { 'application/problem+json': { schema: Api.Problem } } };
}
