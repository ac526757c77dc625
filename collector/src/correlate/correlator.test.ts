import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNASSIGNED } from '../config/flow.ts';
import type { NormalisedEvent } from '../event/event.ts';
import { correlated, eventSets, FLOWS } from './events.testkit.ts';
import { instanceId } from './identity.ts';
import { assembleInstance, type InstanceDocument } from './instance.ts';
import { allFlows, identityOf, referenceInstances } from './reference.testkit.ts';
import { actions, deliveries, type Rows, Simulation, sortedDocuments } from './simulation.testkit.ts';

const LONG = process.env['THROUGHLINE_LONG'] !== undefined;
const RUNS = LONG ? 20_000 : 300;
const TIMEOUT_MS = LONG ? 1_800_000 : 60_000;

const deliveredSets = eventSets.chain((events) =>
  fc.record({ events: fc.constant(events), log: deliveries(events) }),
);

function expectedDocuments(events: readonly NormalisedEvent[]): InstanceDocument[] {
  const flows = allFlows(events, FLOWS);
  return referenceInstances(events, FLOWS).map(({ scope, keys, flow, members }) => {
    const definition = flows.get(flow);
    if (definition === undefined) throw new Error(`no flow ${flow}`);
    const membered = members.map(({ event, rule }) => ({ event: correlated(event), rule }));
    return assembleInstance({ no: 0, scope, keys, merged: [], formerly: [] }, membered, definition);
  });
}

/** Every id that was ever shown leads to where those events are now. */
function expectIdsToResolve(rows: Rows): void {
  for (const former of rows.history) {
    const found = rows.resolve(former.instance);
    const now = new Set(found.flatMap((document) => document.members.map(({ event }) => event.id)));
    const owned = former.members.filter(({ rule }) => rule === 'key').map(({ event }) => event.id);
    if (former.flow !== UNASSIGNED) {
      expect(found, `instance ${former.instance}`).toHaveLength(1);
      expect(owned.filter((id) => !now.has(id))).toEqual([]);
      continue;
    }
    expect(found, `trace instance ${former.instance}`).not.toEqual([]);
    // A trace may have been taken apart by several instances; what is left of it keeps the id.
    if (found.some((document) => document.flow === UNASSIGNED)) continue;
    expect(former.members.filter(({ event }) => !now.has(event.id))).toEqual([]);
  }
}

describe('the correlator', () => {
  it(
    'gives the instances of the reference, whatever the order, repeats, batches, checkpoints and crashes',
    async () => {
      await fc.assert(
        fc.asyncProperty(deliveredSets, actions, async ({ events, log }, happenings) => {
          const simulation = new Simulation(log, FLOWS);
          const rows = await simulation.run(happenings);
          expect(sortedDocuments(rows.byNo.values())).toEqual(sortedDocuments(expectedDocuments(events)));
          expectIdsToResolve(rows);
          expect(simulation.eventCount).toBe(new Set(events.map(identityOf)).size);
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'keeps every key of an instance as a way to find it',
    async () => {
      await fc.assert(
        fc.asyncProperty(deliveredSets, actions, async ({ log }, happenings) => {
          const rows = await new Simulation(log, FLOWS).run(happenings);
          for (const document of rows.byNo.values()) {
            const ids = new Set([document.instance, ...document.aliases]);
            for (const key of document.keys)
              expect(ids).toContain(instanceId(document.scope, document.flow, key));
          }
        }),
        { numRuns: Math.ceil(RUNS / 3) },
      );
    },
    TIMEOUT_MS,
  );
});
