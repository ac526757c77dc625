import { InProgress, Misuse, WarningAltFilled } from '@carbon/react/icons';
import type { Instance, StuckItem } from 'throughline/schema';
import { formatTime, microsecondsOf } from '../../model/format.ts';
import { Ago, Count, Duration, Time, useNow } from '../figures.tsx';
import { KeyList } from '../key-list.tsx';
import { StateTag } from '../state-tag.tsx';
import { basisOf, othersOf, Turns } from '../stuck/stuck-rows.tsx';

/** Who it is, how it stands, and, if it is stuck, what would bring it on. */
export function InstanceHead({ instance }: { readonly instance: Instance }) {
  const failing = instance.events.findLast((event) => event.error !== null);
  const isRunning = instance.state === 'open' || instance.state === 'stuck';
  const now = useNow(10_000);
  return (
    <>
      <div className="instance-head">
        <h1>
          {instance.keys.length > 0 ? <KeyList keys={speakingFirst(instance)} most={4} /> : instance.instance}
        </h1>
        <span data-testid="instance-state" data-state={instance.state}>
          <StateTag state={instance.state} />
        </span>
      </div>
      <dl className="instance-facts">
        <div>
          <dt>Started</dt>
          <dd>
            <Time iso={instance.startedAt} />
          </dd>
        </div>
        <div>
          <dt>Last activity</dt>
          <dd>
            {instance.lastActivity}{' '}
            <small>
              <Ago iso={instance.lastAt} />
            </small>
          </dd>
        </div>
        <div>
          <dt>{isRunning ? 'Running for' : 'Duration'}</dt>
          <dd>
            <Duration
              us={isRunning ? now * 1_000 - microsecondsOf(instance.startedAt) : instance.durationUs}
            />
          </dd>
        </div>
        <div>
          <dt>Steps</dt>
          <dd>
            <Count value={instance.activities} />
          </dd>
        </div>
        <div>
          <dt>Services</dt>
          <dd>{instance.services.join(', ') || '–'}</dd>
        </div>
      </dl>
      {instance.stuck && <StuckNote item={instance.stuck} />}
      {!instance.stuck && <EngineWaits instance={instance} />}
      {!instance.stuck && instance.state === 'failed' && failing?.error && (
        <section className="instance-note is-failed" aria-label="Why it failed">
          <Misuse size={20} />
          <div>
            <p>
              <b>{failing.error.type || 'Error'}</b> in <b>{failing.service}</b>: {failing.error.message}
            </p>
            <small>
              at {formatTime(failing.at)}, in {failing.type}
            </small>
          </div>
        </section>
      )}
    </>
  );
}

/** The number that an engine gave the instance says less than what people call it. */
function speakingFirst({ flow, keys }: Instance): Instance['keys'] {
  return [...keys].sort((a, b) => Number(a.keyType === flow) - Number(b.keyType === flow));
}

/** What a workflow engine says that it waits for, be that overdue or not. */
function EngineWaits({ instance }: { readonly instance: Instance }) {
  const waiting = instance.steps.filter((step) => step.open && step.waitsFor.length > 0);
  if (waiting.length === 0) return null;
  return (
    <section className="instance-note is-open" aria-label="What it waits for">
      <InProgress size={20} />
      <div>
        {waiting.map((step) => (
          <p key={step.step}>
            <b>{step.activity}</b> waits for {step.waitsFor.join(', ')}, <Ago iso={step.startedAt} />
          </p>
        ))}
      </div>
    </section>
  );
}

function StuckNote({ item }: { readonly item: StuckItem }) {
  const [first] = item.expected;
  const others = othersOf(item);
  return (
    <section className="instance-note is-stuck" aria-label="What it waits for">
      <WarningAltFilled size={24} />
      <div className="instance-note-main">
        <p className="instance-note-lead">
          Waits for <b data-testid="stuck-waits-for">{first?.activity ?? 'a next step'}</b>
          {others.length > 0 && <> (or {others.join(', or ')})</>}
        </p>
        <p>
          It is the turn of{' '}
          <span data-testid="stuck-turn">
            <Turns item={item} />
          </span>
        </p>
        {item.waitsFor.length > 0 && <p>The engine waits for {item.waitsFor.join(', ')}</p>}
      </div>
      <dl>
        <div>
          <dt>Overdue by</dt>
          <dd className="is-loud">
            <Duration us={item.overdueUs} />
          </dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>
            {item.after.activity}, <Ago iso={item.after.at} />
          </dd>
        </div>
        <div>
          <dt>Was due</dt>
          <dd>
            <Time iso={item.dueAt} />
          </dd>
        </div>
      </dl>
      <p className="instance-note-more">
        {item.lastError ? (
          <span className="known-error">
            Last error: <b>{item.lastError.type}</b> in {item.lastError.service}: {item.lastError.message}
          </span>
        ) : (
          'No error was seen: it is simply silent.'
        )}{' '}
        <small>{basisOf(item)}.</small>
      </p>
    </section>
  );
}
