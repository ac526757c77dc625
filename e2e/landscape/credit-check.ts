import { SpanKind } from '@opentelemetry/api';
import { type Fate, fateOf, registrationNumber } from './fate.ts';
import type { Consumer } from './messaging.ts';
import { type Bench, runService } from './service.ts';

class ScoringBureauTimedOut extends Error {
  override readonly name = 'ScoringBureauTimedOut';

  constructor() {
    super('scoring bureau timed out');
  }
}

const maxAttempts = 2;
const bureauTimeoutMs = 700;

await runService('credit-check', (bench) => {
  const consumer = creditCheck(bench);
  const type = bench.settings.sequential ? 'address.checked' : 'registration.requested';
  return { consumers: { [type]: consumer } };
});

function creditCheck({ settings, messaging, spans, pace }: Bench): Consumer {
  const fate = (registration: string) => fateOf(settings.seed, registrationNumber(registration));

  /**
   * One question to the bureau, which is only imagined: it answers after the check's working time, or not at
   * all.
   */
  const askBureau = (registration: string, attempt: number, { drop, ...is }: Fate): Promise<number> => {
    const attributes = {
      'registration.id': registration,
      'service.peer.name': 'scoring-bureau',
      'scoring.attempt': attempt,
    };
    return spans.within({ name: 'ask scoring bureau', kind: SpanKind.CLIENT, attributes }, async () => {
      const fails = drop === 'after-error' || (is.scoringFailsFirst && attempt === 1);
      await pace.wait(fails ? bureauTimeoutMs : is.creditWorkMs);
      if (fails) throw new ScoringBureauTimedOut();
      return is.score;
    });
  };

  return {
    loses: (message) => fate(message.registration).drop === 'silent',
    async handle({ message: { registration } }) {
      const decided = fate(registration);
      for (let attempt = 1; ; attempt += 1) {
        try {
          const score = await askBureau(registration, attempt, decided);
          const facts = { 'credit.approved': decided.approved, 'credit.score': score };
          await messaging.send('credit.checked', registration, facts);
          return;
        } catch (error) {
          if (!(error instanceof ScoringBureauTimedOut) || attempt === maxAttempts) throw error;
        }
      }
    },
  };
}
