import { json, type Request, Router } from 'express';
import type { StoredDeadLetter } from '../event/event.ts';
import type { StoreQueries } from '../store/store.ts';
import { onlyParameters, pageOf } from './parameters.ts';
import { isoTime, presentPage } from './present.ts';
import { HttpProblem } from './problem.ts';
import * as Api from './schema.ts';

export type DeadLetterContext = {
  readonly queries: Pick<StoreQueries, 'deadLetters' | 'deadLettersOf'>;
  /** Resolve when it is durable; the effect is seen when the intake log has been read that far. */
  replay(letters: readonly { id: string; position: number }[]): Promise<Api.DeadLettersReplayed>;
  discard(ids: readonly string[]): Promise<void>;
};

const PAGE = 1000;

/** Under /api/v1/dead-letters: looking at them, reading them again by today's rules, throwing them away. */
export function deadLetterRoutes({ queries, replay, discard }: DeadLetterContext): Router {
  const router = Router();

  router.get('/', async (request, response) => {
    onlyParameters(request, ['cursor', 'limit']);
    const answer = presentPage(await queries.deadLetters(pageOf(request)), present);
    response.json(answer satisfies Api.DeadLetterPage);
  });

  router.post('/replay', json(), async (request, response) => {
    const { letters, missing } = await chosen(request, queries);
    const places = letters.flatMap(({ id, position }) => (position === undefined ? [] : [{ id, position }]));
    const report = await replay(places);
    const gone = report.gone + missing + letters.length - places.length;
    response.status(202).json({ replayed: report.replayed, gone } satisfies Api.DeadLettersReplayed);
  });

  router.post('/discard', json(), async (request, response) => {
    const { letters } = await chosen(request, queries);
    if (letters.length > 0) await discard(letters.map(({ id }) => id));
    response.status(202).json({ discarded: letters.length } satisfies Api.DeadLettersDiscarded);
  });
  return router;
}

function present({
  position,
  receivedAtUs,
  ...letter
}: StoredDeadLetter): Api.DeadLetterPage['items'][number] {
  return { ...letter, receivedAt: isoTime(receivedAtUs), replayable: position !== undefined };
}

async function chosen(
  request: Request,
  queries: DeadLetterContext['queries'],
): Promise<{ letters: readonly StoredDeadLetter[]; missing: number }> {
  const choice = Api.DeadLetterChoice.safeParse(request.body);
  if (!choice.success) {
    throw new HttpProblem(
      400,
      'Wrong body',
      'Which ones? As application/json: {"ids": […]} with 1 to 1000 ids, or {"all": true}.',
    );
  }
  if ('ids' in choice.data) {
    const ids = [...new Set(choice.data.ids)];
    const letters = await queries.deadLettersOf(ids);
    return { letters, missing: ids.length - letters.length };
  }
  const letters: StoredDeadLetter[] = [];
  let cursor: string | undefined;
  do {
    const page = await queries.deadLetters({ cursor, limit: PAGE });
    letters.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return { letters, missing: 0 };
}
