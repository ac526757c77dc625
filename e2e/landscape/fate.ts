/**
 * What becomes of one registration, decided before it starts, so that a test knows it as well as the services
 * do.
 */
export type Fate = {
  /**
   * `silent`: credit-check loses the message before it does anything; `after-error`: after scoring has
   * failed.
   */
  readonly drop: 'none' | 'silent' | 'after-error';
  readonly approved: boolean;
  /** The first question to the scoring bureau fails, the second is answered. Never together with a drop. */
  readonly scoringFailsFirst: boolean;
  readonly slow: 'none' | 'address' | 'credit';
  /** How long each check works, before the landscape's speed shortens it. */
  readonly addressWorkMs: number;
  readonly creditWorkMs: number;
  /** 0 to 999; approved from 500 on. */
  readonly score: number;
  readonly channel: 'web' | 'app' | 'branch';
};

/** The share of registrations that each fate meets; drop and scoringFailsFirst exclude one another. */
export const rates = { drop: 0.04, rejected: 0.15, slow: 0.08, scoringFailsFirst: 0.05 } as const;

/** With this seed the first forty registrations meet every fate at least once; a test holds it to that. */
export const defaultSeed = 53;

/**
 * Pure: depends on nothing but the seed and the registration's number (from 1 on), not on the run it belongs
 * to.
 */
export function fateOf(seed: number, number: number): Fate {
  const draw = (question: number) => uniform(seed, number, question);
  const trouble = draw(1);
  const dropped = trouble < rates.drop;
  const slowness = draw(2);
  const slow = slowness >= rates.slow ? 'none' : slowness < rates.slow / 2 ? 'address' : 'credit';
  const approved = draw(3) >= rates.rejected;
  return {
    drop: !dropped ? 'none' : trouble < rates.drop / 2 ? 'silent' : 'after-error',
    scoringFailsFirst: !dropped && trouble < rates.drop + rates.scoringFailsFirst,
    approved,
    slow,
    addressWorkMs: workMs(slow === 'address', draw(4)),
    creditWorkMs: workMs(slow === 'credit', draw(5)),
    score: Math.floor(draw(6) * 500) + (approved ? 500 : 0),
    channel: channelOf(draw(7)),
  };
}

/** The run keeps ids apart when the same data directory sees the landscape start again. */
export function registrationId(run: string, number: number): string {
  return `R-${run}-${String(number).padStart(6, '0')}`;
}

/** Reads the number back out of an id that `registrationId` made. */
export function registrationNumber(id: string): number {
  const number = Number(id.slice(id.lastIndexOf('-') + 1));
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`'${id}' is no registration id: it should end with '-' and a number from 1 on`);
  }
  return number;
}

function workMs(slow: boolean, share: number): number {
  return Math.round(slow ? 5_000 + share * 3_000 : 100 + share * 1_900);
}

function channelOf(share: number): Fate['channel'] {
  if (share < 0.5) return 'web';
  return share < 0.85 ? 'app' : 'branch';
}

/** A number in [0, 1) that looks random and is always the same for the same three integers. */
export function uniform(seed: number, number: number, question: number): number {
  let state = 0x9e3779b9;
  for (const part of [seed, number, question]) state = scramble(state ^ part);
  return state / 2 ** 32;
}

/** The finalizer of MurmurHash3 (public domain, Austin Appleby): every input bit reaches every output bit. */
function scramble(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
