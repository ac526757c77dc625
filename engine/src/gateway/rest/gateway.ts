import type { RequestListener } from 'node:http';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { eventLoop } from '../../host/system.ts';
import { NO_KEY } from '../../protocol/key.ts';
import type { Scheduler } from '../../stream/ports.ts';
import type { Engine } from '../engine.ts';
import type { Variables } from '../requests.ts';
import { checked } from './check.ts';
import { openApiDocument } from './openapi.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations.ts';
import { HttpProblem, problemHandler } from './problem.ts';
import { type Health, KeyParameter, StreamJobsRequest } from './schema.ts';
import { streamJobs } from './stream-jobs.ts';

export type RestOptions = {
  /** Of a request, unpacked. Default 8 MiB. */
  readonly bodyBytesMax?: number;
  /** Ends what waits for jobs and results: abort it before the engine is closed. */
  readonly closing?: AbortSignal;
  /**
   * Whether the `traceparent` header (W3C trace context) of a request becomes the variable `traceparent` of what it
   * creates or completes, unless it has one. Default true.
   */
  readonly traceVariable?: boolean;
  readonly scheduler?: Scheduler;
};

type Settings = { readonly engine: Engine } & Required<RestOptions>;

/** The part of every path before the operation's own. */
const BASE = '/engine/v1';
const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/**
 * The engine over HTTP: `/engine/v1/…` as `/engine/v1/openapi.json` describes it, and `/healthz`. It knows no users:
 * keep it where only your workers reach it. Pages of other origins are refused.
 */
export function createRestGateway(engine: Engine, options: RestOptions = {}): RequestListener {
  const settings: Settings = {
    engine,
    bodyBytesMax: 8 * 2 ** 20,
    closing: new AbortController().signal,
    traceVariable: true,
    scheduler: eventLoop,
    ...options,
  };
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(refuseOtherOrigins);
  app.get('/healthz', health(engine));
  app.get(`${BASE}/healthz`, health(engine));
  const description = openApiDocument();
  app.get(`${BASE}/openapi.json`, (_request, response) => {
    response.json(description);
  });
  const limit = settings.bodyBytesMax;
  app.use(express.json({ limit }), express.raw({ type: ['application/xml', 'text/xml'], limit }));
  app.post(`${BASE}/jobs/stream`, (request, response) => {
    const body = checked(StreamJobsRequest, bodyOf(request));
    return streamJobs(body, response, { ...settings, signal: signalOf(response, settings.closing) });
  });
  for (const operation of operations) {
    const path = `${BASE}${operation.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    app[operation.method](path, answering(operation, settings));
  }
  app.use(notThere);
  app.use(problemHandler);
  return app;
}

function answering({ body: schema, answer, run }: Operation, settings: Settings): RequestHandler {
  const bodySchema = schema ?? z.strictObject({});
  return async (request, response) => {
    const { engine, scheduler, closing } = settings;
    const call = {
      engine,
      scheduler,
      key: keyOf(request),
      body: checked(bodySchema, bodyOf(request)) as never, // as the operation's type says
      signal: signalOf(response, closing),
      traced: (variables: Variables | undefined) => traced(variables, request, settings),
    };
    const result = await run(call);
    if (answer === undefined) response.status(204).end();
    else response.json(result);
  };
}

function keyOf(request: Request) {
  const [given] = Object.entries(request.params);
  return given === undefined
    ? NO_KEY
    : (checked(z.object({ [given[0]]: KeyParameter }), request.params)[given[0]] ?? NO_KEY);
}

/** JSON, or one BPMN file named in the query. Without a body: an empty object. */
function bodyOf(request: Request): unknown {
  const { name, ...others } = request.query;
  const isFile = Buffer.isBuffer(request.body) && request.path === `${BASE}/deployments`;
  const [unknown] = Object.keys(isFile ? others : request.query);
  if (unknown !== undefined) {
    const detail = `Expected known parameters only, but got '${unknown}'`;
    throw new HttpProblem('INVALID_ARGUMENT', detail, { field: unknown });
  }
  if (isFile) return { resources: [{ name, content: request.body.toString('utf8') }] };
  if (hasBody(request) && request.is('json') === false) {
    const got = request.headers['content-type'] ?? 'no type';
    throw new HttpProblem('UNSUPPORTED_MEDIA_TYPE', `Expected a body of application/json, but got ${got}`);
  }
  return request.body ?? {};
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Aborts when the client has gone before it was answered, and when the gateway closes. */
function signalOf(response: Response, closing: AbortSignal): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return AbortSignal.any([gone.signal, closing]);
}

function traced(variables: Variables | undefined, request: Request, { traceVariable }: Settings): Variables {
  const traceparent = request.headers['traceparent'];
  const isUsed = traceVariable && typeof traceparent === 'string' && TRACEPARENT.test(traceparent);
  return isUsed ? { traceparent, ...variables } : (variables ?? {});
}

/** What a web page of another origin could send without being asked: the gateway has no users to ask. */
const refuseOtherOrigins: RequestHandler = (request, _response, next) => {
  const { origin, host } = request.headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new HttpProblem('FORBIDDEN', `Expected a request of this origin, but got one of '${origin}'`);
  }
  next();
};

function health(engine: Engine): RequestHandler {
  return (_request, response) => {
    const isOk = engine.partitions.every(({ isOpen }) => isOpen);
    const answer: z.infer<typeof Health> = { status: isOk ? 'ok' : 'failed' };
    response.status(isOk ? 200 : 503).json(answer);
  };
}

const notThere: RequestHandler = (request) => {
  const detail = `Expected one of the paths in ${BASE}/openapi.json, but got ${request.method} ${request.path}`;
  throw new HttpProblem('NOT_FOUND', detail);
};
