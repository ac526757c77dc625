import { setMaxListeners } from 'node:events';
import type { RequestListener } from 'node:http';
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from 'express';
import { eventLoop } from '../../host/system.ts';
import type { Engine } from '../engine.ts';
import { type Answerer, answererOf, sendProblem, signalOf } from './answering.ts';
import { checked } from './check.ts';
import { directWay } from './direct-way.ts';
import { healthOf } from './health.ts';
import { openApiDocument } from './openapi.ts';
import { operations } from './operations.ts';
import { HttpProblem } from './problem.ts';
import { StreamJobsRequest } from './schema.ts';
import { BASE, type RestOptions, type Settings } from './settings.ts';
import { streamJobs } from './stream-jobs.ts';

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
  // As many wait at once as have asked for jobs.
  setMaxListeners(0, settings.closing);
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
  // What is no object is refused in the same words as all else that the schema does not take.
  app.use(
    express.json({ limit, strict: false }),
    express.raw({ type: ['application/xml', 'text/xml'], limit }),
  );
  app.post(`${BASE}/jobs/stream`, (request, response) => {
    const body = checked(StreamJobsRequest, bodyOf(request));
    return streamJobs(body, response, { ...settings, signal: signalOf(response, settings.closing) });
  });
  const answerers = new Map(operations.map((operation) => [operation, answererOf(operation, settings)]));
  for (const [{ method, path }, answerer] of answerers) {
    app[method](`${BASE}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, routed(answerer));
  }
  app.use(notThere);
  app.use(problemHandler);
  const isTaken = directWay(answerers, settings);
  return (request, response) => {
    if (!isTaken(request, response)) app(request, response);
  };
}

const problemHandler: ErrorRequestHandler = (error: unknown, _request, response, _next) =>
  sendProblem(response, error);

/** Express's way to an operation: its router and parsers have done their part. */
function routed(answerer: Answerer): RequestHandler {
  return async (request, response) => {
    const [parameter] = Object.values(request.params);
    const asked = {
      headers: request.headers,
      parameter: parameter === undefined ? undefined : String(parameter),
      body: () => bodyOf(request),
    };
    await answerer(asked, response);
  };
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
  return request.body === undefined ? {} : request.body;
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
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
    const answer = healthOf(engine);
    response.status(answer.status === 'ok' ? 200 : 503).json(answer);
  };
}

const notThere: RequestHandler = (request) => {
  const detail = `Expected one of the paths in ${BASE}/openapi.json, but got ${request.method} ${request.path}`;
  throw new HttpProblem('NOT_FOUND', detail);
};
