import { type Request, type Response, Router } from 'express';
import type { StoreQueries } from '../store/store.ts';
import { filterOf, onlyParameters, pageOf, viewOf } from './parameters.ts';
import {
  presentChain,
  presentFlow,
  presentInstance,
  presentInstanceRow,
  presentOverdue,
  presentPage,
  presentVariant,
} from './present.ts';
import { badParameter, HttpProblem } from './problem.ts';
import type * as Api from './schema.ts';

export type QueryContext = {
  readonly queries: StoreQueries;
  readonly nowUs: () => number;
  readonly status: () => Promise<Api.Status>;
};

/** The query API under /api/v1. Each route reads its parameters, asks the store one question and presents the answer. */
export function queryRoutes(context: QueryContext): Router {
  const { queries, nowUs } = context;
  const router = Router();

  router.get('/flows', async (request, response) => {
    onlyParameters(request, []);
    const flows = await queries.flows(nowUs());
    response.json({ items: flows.map(presentFlow) } satisfies Api.FlowList);
  });

  router.get('/flows/:flow/chain', async (request, response) => {
    const query = await flowQuery(request, context);
    const chain = await queries.chain(query);
    response.json(presentChain(query.flow, chain) satisfies Api.Chain);
  });

  router.get('/flows/:flow/variants', async (request, response) => {
    const query = { ...(await flowQuery(request, context)), page: pageOf(request) };
    const page = await queries.variants(query);
    response.json(presentPage(page, presentVariant) satisfies Api.VariantPage);
  });

  router.get('/flows/:flow/instances', async (request, response) => {
    const query = { ...(await flowQuery(request, context)), page: pageOf(request) };
    const page = await queries.instances(query);
    response.json(presentPage(page, presentInstanceRow) satisfies Api.InstancePage);
  });

  router.get('/instances/:instance', async (request, response) => {
    onlyParameters(request, []);
    const now = nowUs();
    const id = request.params.instance;
    const detail = await queries.instance(id, now);
    if (detail === undefined) throw new HttpProblem(404, 'Not found', `There is no instance '${id}'.`);
    response.json(presentInstance(detail, now) satisfies Api.Instance);
  });

  router.get('/search', (request, response) => search(request, response, context));
  router.get('/stuck', (request, response) => stuck(request, response, context));

  router.get('/status', async (request, response) => {
    onlyParameters(request, []);
    response.json((await context.status()) satisfies Api.Status);
  });
  return router;
}

async function flowQuery(request: Request<{ flow: string }>, context: QueryContext) {
  const { flow } = request.params;
  const filter = filterOf(request as Request);
  const view = viewOf(request as Request);
  const flows = await context.queries.flows(context.nowUs());
  if (!flows.some((known) => known.flow === flow)) {
    const names = flows.map((known) => known.flow).join(', ') || 'none yet';
    throw new HttpProblem(404, 'Not found', `There is no flow '${flow}'; known flows: ${names}.`);
  }
  return { flow, filter, view, nowUs: context.nowUs() };
}

async function search(request: Request, response: Response, { queries, nowUs }: QueryContext): Promise<void> {
  onlyParameters(request, ['key']);
  const { key } = request.query;
  if (typeof key !== 'string' || key.trim() === '') {
    throw badParameter(
      'key',
      'Say what to look for: key=order:42, a trace id, an event id or an instance id.',
    );
  }
  const hits = await queries.search(key.trim(), nowUs());
  const items = hits.map(({ row, matched }) => ({ ...presentInstanceRow(row), matched }));
  response.json({ items } satisfies Api.SearchResult);
}

async function stuck(request: Request, response: Response, { queries, nowUs }: QueryContext): Promise<void> {
  const { flow } = request.query;
  if (flow !== undefined && typeof flow !== 'string') throw badParameter('flow', 'One flow, please.');
  const now = nowUs();
  const filter = filterOf(request);
  if (flow === undefined && Object.keys(filter).length > 0) {
    throw badParameter('flow', 'Filters hold for one flow: say which with flow=NAME.');
  }
  const page = await queries.overdue({ flow, filter, nowUs: now, page: pageOf(request) });
  response.json(presentPage(page, (overdue) => presentOverdue(overdue, now)) satisfies Api.StuckPage);
}
