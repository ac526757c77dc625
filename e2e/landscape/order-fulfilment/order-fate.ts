import { uniform } from '../fate.ts';

/** What becomes of one order, decided before it is placed, so that a test knows it as well as the services do. */
export type OrderFate = {
  /** The payment provider does not answer the first time; the job is tried again. Never with a declined one. */
  readonly paymentFailsFirst: boolean;
  readonly declined: boolean;
  /** `late`: delivered only after the carrier was asked; `lost`: never. Both only where the payment was retrieved. */
  readonly delivery: 'in time' | 'late' | 'lost';
  /** How long each step works, before the landscape's speed shortens it. */
  readonly paymentWorkMs: number;
  readonly shippingWorkMs: number;
  readonly travelMs: number;
  readonly totalEuro: number;
};

const rates = { paymentFailsFirst: 0.1, declined: 0.08, late: 0.12, lost: 0.04 } as const;

/** After this time without a delivery the carrier is asked; before the landscape's speed shortens it. */
export const patienceMs = 6_000;

/** Pure: depends on the seed and the order's number (from 1 on) alone. */
export function orderFateOf(seed: number, number: number): OrderFate {
  const draw = (question: number) => uniform(seed, number, question + 100);
  const payment = draw(1);
  const declined = payment < rates.declined;
  const trouble = draw(2);
  const delivery = trouble < rates.lost ? 'lost' : trouble < rates.lost + rates.late ? 'late' : 'in time';
  return {
    declined,
    paymentFailsFirst: !declined && payment < rates.declined + rates.paymentFailsFirst,
    delivery: declined ? 'in time' : delivery,
    paymentWorkMs: Math.round(100 + draw(3) * 900),
    shippingWorkMs: Math.round(300 + draw(4) * 1_500),
    travelMs: Math.round(500 + draw(5) * 3_000),
    totalEuro: Math.round(500 + draw(6) * 25_000) / 100,
  };
}

/** The run keeps ids apart when the same data directory sees the landscape start again. */
export function orderId(run: string, number: number): string {
  return `O-${run}-${String(number).padStart(6, '0')}`;
}

/** Reads the number back out of an id that `orderId` made. */
export function orderNumber(id: string): number {
  const number = Number(id.slice(id.lastIndexOf('-') + 1));
  if (Number.isInteger(number) && number >= 1) return number;
  throw new Error(`'${id}' is no order id: it should end with '-' and a number from 1 on`);
}
