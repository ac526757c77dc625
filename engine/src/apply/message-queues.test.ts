import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Key } from '../protocol/key.ts';
import { withDefaults } from '../protocol/value-types.ts';
import { createEngineState } from '../state/engine-state.ts';
import { messageIdentity } from '../state/tables/messages.ts';
import { applyEvent } from './appliers.ts';

const QUEUES = ['a', 'b'];
const PROCESSES = ['p', 'q'];

type MessageChange = {
  readonly do: 'publish' | 'expire' | 'correlate' | 'reject';
  readonly queue: number;
  readonly pick: number;
  readonly process: number;
};
type Change = MessageChange | { readonly do: 'commit' | 'rollback' | 'reload' };

const at = { queue: fc.nat(1), pick: fc.nat(20), process: fc.nat(1) };
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('publish' as const), ...at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('expire' as const), ...at }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('correlate' as const), ...at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reject' as const), ...at }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('commit' as const, 'rollback' as const, 'reload' as const) }),
  },
);

/** What is kept is told by the rows alone; that none of it is passed over is what is tested. */
class Trial {
  #state = createEngineState();
  #lastKey = 0n;
  #committedKey = 0n;

  take(one: Change): void {
    if (one.do === 'commit') this.#commit();
    else if (one.do === 'rollback') {
      this.#state.store.rollback();
      this.#lastKey = this.#committedKey; // it is given again
    } else if ('queue' in one) this.#apply(one);
    else this.#reload();
  }

  check(): void {
    const { messages, messageCorrelations, messagesByIdentity } = this.#state.tables;
    for (const name of QUEUES) {
      const kept = [...messages.entries()].filter(([, message]) => message.name === name).map(([key]) => key);
      for (const process of PROCESSES) {
        const isOpen = (key: Key): boolean => !messageCorrelations.has(key, process);
        const ahead = [...messagesByIdentity.ahead(messageIdentity(name, 'k'), process)];
        expect(ahead.filter(isOpen)).toEqual(inOrder(kept.filter(isOpen)));
        expect(ahead).toEqual(inOrder([...new Set(ahead)]));
        for (const key of ahead) expect(kept).toContain(key);
      }
    }
  }

  #apply(one: MessageChange): void {
    const { tables } = this.#state;
    const name = QUEUES[one.queue] as string;
    if (one.do === 'publish') {
      this.#lastKey += 1n;
      const value = withDefaults('MESSAGE', { name, correlationKey: 'k', deadline: 5 });
      applyEvent(tables, { valueType: 'MESSAGE', intent: 'PUBLISHED', key: this.#lastKey as Key, value });
      return;
    }
    const kept = [...tables.messages.entries()].filter(([, message]) => message.name === name);
    const messageKey = kept[one.pick % Math.max(1, kept.length)]?.[0];
    if (messageKey === undefined) return;
    if (one.do === 'expire') {
      const value = withDefaults('MESSAGE', {});
      applyEvent(tables, { valueType: 'MESSAGE', intent: 'EXPIRED', key: messageKey, value });
      return;
    }
    const bpmnProcessId = PROCESSES[one.process] as string;
    const value = withDefaults('MESSAGE_SUBSCRIPTION', { messageKey, bpmnProcessId, messageName: name });
    const intent = one.do === 'correlate' ? 'CORRELATING' : 'REJECTED';
    applyEvent(tables, { valueType: 'MESSAGE_SUBSCRIPTION', intent, key: 1n as Key, value });
  }

  #commit(): void {
    this.#state.store.commit();
    this.#committedKey = this.#lastKey;
  }

  /** As a restart from a snapshot does. */
  #reload(): void {
    this.#commit();
    const loaded = createEngineState();
    for (const part of this.#state.store.parts) {
      const into = loaded.store.parts.find(({ name }) => name === part.name);
      for (const row of part.copy()) into?.load(row);
    }
    this.#state = loaded;
  }
}

function inOrder(keys: readonly Key[]): Key[] {
  return keys.toSorted((a, b) => (a < b ? -1 : 1));
}

test('no message that a process has not had is passed over, whatever expires, is rejected or taken back', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const trial = new Trial();
      for (const one of changes) {
        trial.take(one);
        trial.check();
      }
    }),
    { numRuns: process.env['THROUGHLINE_LONG'] === '1' ? 5_000 : 300 },
  );
});
