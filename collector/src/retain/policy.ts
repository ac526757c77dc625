import { UNASSIGNED } from '../config/flow.ts';
import type { Configuration } from '../config/schema.ts';
import type { ExpiryBounds } from '../event/expiry.ts';

/** How long what is kept, in microseconds; infinite: for ever. */
export type RetentionPolicy = {
  /** Every configured flow, and `unassigned`. */
  readonly flowsUs: Readonly<Record<string, number>>;
  readonly othersUs: number;
  readonly importsUs: number;
  readonly logUs: number;
  readonly deadLettersUs: number;
  /** Of the store. */
  readonly maxBytes: number | undefined;
};

export function policyOf({ retention, flows }: Pick<Configuration, 'retention' | 'flows'>): RetentionPolicy {
  const named = Object.entries(flows).map(([flow, own]) => [flow, own.retention ?? retention.instances]);
  return {
    flowsUs: { ...Object.fromEntries(named), [UNASSIGNED]: retention.instances },
    othersUs: retention.instances,
    importsUs: retention.imports,
    logUs: retention.log,
    deadLettersUs: retention.deadLetters,
    maxBytes: retention.maxSize,
  };
}

export function boundsAt({ flowsUs, othersUs, importsUs }: RetentionPolicy, nowUs: number): ExpiryBounds {
  const flows = Object.entries(flowsUs).map(([flow, us]) => [flow, boundAt(us, nowUs)]);
  return {
    flows: Object.fromEntries(flows),
    others: boundAt(othersUs, nowUs),
    imports: boundAt(importsUs, nowUs),
  };
}

/** 0 for what is kept for ever. */
export function boundAt(keptUs: number, nowUs: number): number {
  return Math.max(0, nowUs - keptUs);
}
