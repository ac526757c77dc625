import { flowsOf, keyReadersOf } from '../config/flow.ts';
import { Configuration } from '../config/schema.ts';
import type { Normalised } from '../event/event.ts';
import { normaliseRecords } from '../normalise/records.ts';
import { Correlator } from './correlator.ts';
import type { InstanceDocument } from './instance.ts';
import { memoryState } from './level-state.ts';
import { WorkingSet } from './working-set.ts';

/** Without rules for engines; `orders` reads the key `order` from the variable `orderId`. */
export const PLAIN = Configuration.parse({ version: 1 });
export const ORDERS = Configuration.parse({
  version: 1,
  flows: {
    orders: {
      keys: {
        order: [
          { source: 'zeebe', variable: 'orderId' },
          { source: 'otlp', attribute: 'order.id' },
        ],
      },
    },
  },
});

export function normalised(body: Uint8Array, configuration = PLAIN, source = 'zeebe'): Normalised {
  const head = {
    wire: 'records',
    encoding: 'json-lines',
    source,
    engine: 'zeebe',
    environment: 'default',
    receivedAtUs: 1,
    mode: 'live',
  } as const;
  return normaliseRecords(head, body, keyReadersOf(configuration));
}

/** The instances of what came in these deliveries, one after the other. */
export async function instancesOf(
  deliveries: readonly Pick<Normalised, 'events' | 'definitions'>[],
  configuration = PLAIN,
): Promise<readonly InstanceDocument[]> {
  const correlator = new Correlator(new WorkingSet(memoryState()), flowsOf(configuration));
  const instances = new Map<number, InstanceDocument>();
  for (const { events, definitions = [] } of deliveries) {
    for (const definition of definitions) correlator.define(definition);
    await correlator.prepare(events);
    for (const event of events) correlator.add(event);
    const changes = await correlator.takeChanges();
    for (const no of changes.removed) instances.delete(no);
    for (const document of changes.instances) instances.set(document.no, document);
  }
  return [...instances.values()];
}

/** `A > B causal`, for every step and each of its causes. */
export function waysOf({ steps, causes }: InstanceDocument): string[] {
  return steps.flatMap((step, place) =>
    (causes[place] ?? []).map(
      (cause) => `${steps[cause.step]?.activity} > ${step.activity} ${cause.evidence}`,
    ),
  );
}
