/** Random work for two engines, one of which is restarted all the time, and for one whose instances are then ended. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { NO_KEY } from '../protocol/key.ts';
import { dumpState } from '../state/dump.testkit.ts';
import type { TestCluster } from './cluster.testkit.ts';

export type RandomWork<Step> = {
  readonly step: fc.Arbitrary<Step>;
  /** Does the step. What it is about follows from the cluster alone, so that two in the same state do the same. */
  readonly take: (cluster: TestCluster, step: Step) => Promise<void>;
  /** A new cluster with the processes. */
  readonly deployed: (commandsPerStepMax: number) => Promise<TestCluster>;
  /** Steps that let time pass come after those that come at once. */
  readonly isOfTime?: (step: Step) => boolean;
  readonly turnsMax: number;
  readonly stepsAtOnceMax: number;
  readonly runs: number;
};

/** After a restart at every turn the state is that of an engine which was never restarted. */
export async function expectSameAfterRestarts<Step>(
  work: RandomWork<Step>,
  more: (steady: TestCluster, restarted: TestCluster) => void = () => {},
): Promise<void> {
  const kind = fc.constantFrom('kill' as const, 'power' as const);
  await fc.assert(
    fc.asyncProperty(turnsOf(work), COMMANDS_PER_STEP, kind, async (turns, commands, how) => {
      const steady = await work.deployed(commands);
      const restarted = await work.deployed(commands);
      for (const steps of turns) {
        await takeAll(work, steady, steps);
        await takeAll(work, restarted, steps);
        restarted.restart(how);
        restarted.time.advance(0);
        expect(dumpState(restarted.partition().state)).toEqual(dumpState(steady.partition().state));
      }
      expect(steady.events('ERROR', 'CREATED')).toEqual([]);
      more(steady, restarted);
    }),
    { numRuns: runsOf(work) },
  );
}

/**
 * Whatever has happened, all that is open waits for something, every instance can be canceled, and then nothing of it is
 * left. `more` gets the rows of tables other than those of deployed processes, and takes out what may stay.
 */
export async function expectNothingStuck<Step>(
  work: RandomWork<Step>,
  more: (left: Record<string, string[]>) => void = () => {},
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(turnsOf(work), COMMANDS_PER_STEP, async (turns, commands) => {
      const cluster = await work.deployed(commands);
      for (const steps of turns) await takeAll(work, cluster, steps);
      expect(waitingForNothing(cluster)).toEqual([]);
      cluster.time.advance(1e6); // messages expire
      for (const [key, { value }] of [...cluster.partition().state.elements.entries()]) {
        if (value.bpmnElementType === 'PROCESS') await cluster.request('PROCESS_INSTANCE', 'CANCEL', key);
      }
      const { processes, processVersions, latestVersions, ...left } = dumpState(cluster.partition().state);
      more(left);
      expect(left).toEqual({});
      expect(cluster.events('ERROR', 'CREATED')).toEqual([]);
    }),
    { numRuns: runsOf(work) },
  );
}

const COMMANDS_PER_STEP = fc.constantFrom(1, 2, 7, 100);

function runsOf({ runs }: { readonly runs: number }): number {
  return process.env['THROUGHLINE_LONG'] === '1' ? 2000 : runs;
}

/** Steps that come one after the other, or all at once so that what follows from each meets the others. */
function turnsOf<Step>({ step, turnsMax, stepsAtOnceMax }: RandomWork<Step>): fc.Arbitrary<Step[][]> {
  const turn = fc.oneof(
    { weight: 3, arbitrary: step.map((one) => [one]) },
    fc.array(step, { minLength: 2, maxLength: stepsAtOnceMax }),
  );
  return fc.array(turn, { minLength: 1, maxLength: turnsMax, size: 'max' });
}

async function takeAll<Step>(
  { take, isOfTime = () => false }: RandomWork<Step>,
  cluster: TestCluster,
  steps: readonly Step[],
): Promise<void> {
  await cluster.atOnce(async () => {
    for (const one of steps) if (!isOfTime(one)) await take(cluster, one);
  });
  for (const one of steps) if (isOfTime(one)) await take(cluster, one);
  cluster.time.advance(0);
}

/** Element instances that have come to a stand: nothing inside, no job, no incident, no event, no scope that begins. */
function waitingForNothing(cluster: TestCluster): unknown[] {
  const { state } = cluster.partition();
  return [...state.elements.entries()].filter(
    ([key, { jobKey, value }]) =>
      state.children.of(key).size === 0 &&
      jobKey === NO_KEY &&
      !state.elementIncidents.has(key) &&
      state.timersOf.of(key).size === 0 &&
      state.signalSubscriptionsOf.of(key).size === 0 &&
      state.processMessageSubscriptions.of(key).size === 0 &&
      state.elements.get(value.flowScopeKey)?.state !== 'ACTIVATING',
  );
}
