import { busy } from './refused.ts';

/** Bytes of bodies that may be in memory at once, over all receivers that share it; beyond it senders are told to wait. */
export class BodyBudget {
  readonly #maxBytes: number;
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What one request holds; its owner releases it when the request is answered. */
  share(): BudgetShare {
    let held = 0;
    return {
      hold: (bytes) => {
        if (this.#heldBytes + bytes > this.#maxBytes) throw busy('too many bodies are being read');
        held += bytes;
        this.#heldBytes += bytes;
      },
      release: () => {
        this.#heldBytes -= held;
        held = 0;
      },
    };
  }
}

export type BudgetShare = {
  /** @throws Refused when the budget has no room for them; what was held stays held. */
  hold(bytes: number): void;
  release(): void;
};
