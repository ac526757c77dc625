import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { clusterWith, publish } from '../processing/events.testkit.ts';
import { recordToJson } from '../protocol/record-json.ts';

/** What a real Zeebe 8.6 has exported of an order process; beside the repository where it was recorded. */
const FILE = new URL('../../../../shared/data/zeebe/zeebe-records.ndjson', import.meta.url);

type Exported = {
  readonly recordType: string;
  readonly valueType: string;
  readonly intent: string;
  readonly key: number;
  readonly position: number;
  readonly sourceRecordPosition: number;
  readonly value: Readonly<Record<string, unknown>>;
};

/** In Zeebe's records and not in ours: they tell of clusters and tenants, which the engine has not. */
const NOT_OURS = ['authorizations', 'operationReference', 'sequence'];

function zeebeRecords(): readonly Exported[] {
  const lines = readFileSync(FILE, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Exported);
}

/** The very process that Zeebe ran, run here: to its end by jobs and a message. */
async function ourRecords(zeebe: readonly Exported[]): Promise<readonly Exported[]> {
  const deployed = zeebe.find(({ valueType }) => valueType === 'PROCESS')?.value['resource'];
  const cluster = await clusterWith(Buffer.from(String(deployed), 'base64').toString('utf8'));
  await cluster.create('order-fulfillment', { orderId: 'o1' });
  await cluster.complete('retrieve-payment', { paid: true });
  await publish(cluster, 'goods-fetched', 'o1', { timeToLive: 1000, with: { parcels: 1 } });
  const [key] = await cluster.activate('ship-goods');
  await cluster.request('JOB', 'FAIL', key as never, { retries: 0, errorMessage: 'broken' });
  await cluster.request('JOB', 'UPDATE_RETRIES', key as never, { retries: 1 });
  const [incident] = cluster.partition().state.incidents.entries();
  await cluster.request('INCIDENT', 'RESOLVE', incident?.[0] as never);
  await cluster.complete('ship-goods');
  cluster.time.advance(2_000);
  return cluster.records.map((record) => JSON.parse(recordToJson(record)) as Exported);
}

/**
 * What happens with one element of the first instance, from its activation on, in the order of the log. Commands between
 * partitions are left out: ours do not say for which element they are.
 */
function lifeOf(records: readonly Exported[], elementId: string): string[] {
  const isAbout = ({ value, valueType }: Exported): boolean =>
    value['elementId'] === elementId ||
    (valueType === 'PROCESS_EVENT' && value['targetElementId'] === elementId);
  const of = records.filter(isAbout);
  const [first] = of;
  const instance = first?.value['processInstanceKey'];
  return of
    .filter(({ value }) => value['processInstanceKey'] === instance)
    .filter(({ recordType, valueType }) => recordType === 'EVENT' || valueType === 'PROCESS_INSTANCE')
    .map(({ recordType, valueType, intent }) => `${recordType} ${valueType} ${intent}`);
}

const isThere = existsSync(FILE);
const reason = isThere ? '' : ' (skipped: the recording of Zeebe is not there)';

test.skipIf(!isThere)(`records have the fields of Zeebe's${reason}`, async () => {
  const zeebe = zeebeRecords();
  const ours = await ourRecords(zeebe);
  const compared = new Set<string>();
  const differences: string[] = [];
  for (const record of ours) {
    const { recordType, valueType, intent, value } = record;
    const same = zeebe.find(
      (other) => other.recordType === recordType && other.valueType === valueType && other.intent === intent,
    );
    if (same === undefined) continue;
    compared.add(`${recordType} ${valueType} ${intent}`);
    const names = (of: object): string[] => Object.keys(of).filter((name) => !NOT_OURS.includes(name));
    const missing = names(same).filter((name) => !(name in record));
    const inValue = names(same.value).filter((name) => !(name in value));
    const more = names(value).filter((name) => !(name in same.value));
    for (const name of [...missing, ...inValue]) differences.push(`${valueType} lacks ${name}`);
    for (const name of more) differences.push(`${valueType} has ${name}`);
  }
  expect([...new Set(differences)].sort()).toEqual([]);
  expect(compared.size).toBeGreaterThan(30);
});

test.skipIf(!isThere)(`elements live as they do in Zeebe${reason}`, async () => {
  const zeebe = zeebeRecords();
  const ours = await ourRecords(zeebe);
  for (const id of ['start', 'retrieve-payment', 'goods-fetched', 'end']) {
    expect([id, ...lifeOf(ours, id)]).toEqual([id, ...lifeOf(zeebe, id)]);
  }
});

test.skipIf(!isThere)(`every record names the command that it follows from${reason}`, async () => {
  const zeebe = zeebeRecords();
  for (const records of [zeebe, await ourRecords(zeebe)]) {
    const positions = new Map(records.map((record) => [record.position, record]));
    const followUps = records.filter(({ sourceRecordPosition }) => sourceRecordPosition > 0);
    expect(followUps.length).toBeGreaterThan(20);
    for (const { position, sourceRecordPosition } of followUps) {
      expect(sourceRecordPosition).toBeLessThan(position);
      const source = positions.get(sourceRecordPosition);
      if (source !== undefined) expect(source.recordType).toBe('COMMAND');
    }
  }
});
