import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LedgerEntry, ledgerSuffix } from './ledger-entry.ts';
import type { SpanTotals } from './topology.ts';

/** The truth about a run of the landscape, in the order of the registration ids. */
export type Ledger = {
  readonly entries: readonly LedgerEntry[];
  /** Ids of registrations by what became of them; `requested` = registered + rejected + open. */
  readonly requested: ReadonlySet<string>;
  readonly registered: ReadonlySet<string>;
  readonly rejected: ReadonlySet<string>;
  /** No outcome was published: dropped ones for good, others because they are not there yet. */
  readonly open: ReadonlySet<string>;
  /** Registrations of which credit-check lost the message, with how it lost it. */
  readonly dropped: ReadonlyMap<string, 'silent' | 'after-error'>;
  readonly spanIds: {
    readonly ended: ReadonlySet<string>;
    readonly exported: ReadonlySet<string>;
    readonly failed: ReadonlySet<string>;
  };
  /**
   * Of the newest `totals` entry of each service, added up; up to two seconds old unless the run has ended.
   */
  readonly spans: SpanTotals;
  /** Whether every service has written its final totals. */
  readonly closed: boolean;
};

/**
 * Reads all ledgers of a directory. A torn last line (its writer was killed) is left out; any other bad line
 * is an error.
 */
export function readLedger(directory: string): Ledger {
  const names = readdirSync(directory).filter((name) => name.endsWith(ledgerSuffix));
  return foldLedger(
    names.sort().map((name) => parseLedger(readFileSync(join(directory, name), 'utf8'), name)),
  );
}

/** The entries of one ledger file; `name` is only for the error message. */
export function parseLedger(text: string, name: string): LedgerEntry[] {
  const lines = text.split('\n');
  lines.pop(); // empty after a complete last line, torn otherwise
  return lines.map((line, index) => {
    try {
      const entry = JSON.parse(line) as LedgerEntry;
      if (entry.v !== 1) throw new Error(`version ${entry.v} is not 1`);
      return entry;
    } catch (cause) {
      throw new Error(`${name} line ${index + 1} is no ledger entry: ${String(cause)}`, { cause });
    }
  });
}

/** Brings the files of the services together. */
export function foldLedger(files: readonly (readonly LedgerEntry[])[]): Ledger {
  const entries = files.flat();
  const published = (type: string) =>
    new Set(
      entries
        .filter((entry) => entry.entry === 'published' && entry.type === type)
        .map((entry) => (entry.entry === 'published' ? entry.registration : ''))
        .sort(),
    );
  const requested = published('registration.requested');
  const registered = published('customer.registered');
  const rejected = published('registration.rejected');
  const dropped = new Map<string, 'silent' | 'after-error'>();
  for (const entry of entries) if (entry.entry === 'dropped') dropped.set(entry.registration, entry.reason);
  const newest = files.map((file) => file.findLast((entry) => entry.entry === 'totals'));
  return {
    entries,
    requested,
    registered,
    rejected,
    open: new Set([...requested].filter((id) => !registered.has(id) && !rejected.has(id))),
    dropped: new Map([...dropped].sort(([a], [b]) => (a < b ? -1 : 1))),
    spanIds: spanIdsOf(entries),
    spans: addSpans(newest.map((entry) => (entry?.entry === 'totals' ? entry.totals.spans : noSpans))),
    closed: newest.length > 0 && newest.every((entry) => entry?.entry === 'totals' && entry.final),
  };
}

const noSpans: SpanTotals = { started: 0, ended: 0, exported: 0, failed: 0, unsettled: 0 };

export function addSpans(parts: readonly SpanTotals[]): SpanTotals {
  return parts.reduce(
    (sum, part) => ({
      started: sum.started + part.started,
      ended: sum.ended + part.ended,
      exported: sum.exported + part.exported,
      failed: sum.failed + part.failed,
      unsettled: sum.unsettled + part.unsettled,
    }),
    noSpans,
  );
}

function spanIdsOf(entries: readonly LedgerEntry[]): Ledger['spanIds'] {
  const ended = new Set<string>();
  const exported = new Set<string>();
  const failed = new Set<string>();
  for (const entry of entries) {
    if (entry.entry === 'span') ended.add(entry.spanId);
    if (entry.entry !== 'export') continue;
    for (const spanId of entry.spanIds) (entry.result === 'success' ? exported : failed).add(spanId);
  }
  return { ended, exported, failed };
}
