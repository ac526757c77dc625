import type { Instance, Step } from 'throughline/schema';
import { formatDuration, microsecondsOf } from '../../model/format.ts';
import { Duration, Time } from '../figures.tsx';
import { VirtualRows } from '../virtual-rows.tsx';

type StepRowsProps = {
  readonly instance: Instance;
  readonly selected: number | null;
  readonly onSelect: (step: number | null) => void;
};
const columns = ['#', 'Activity', 'Done by', 'Started', 'After start', 'Lasted', 'Because of'];

/** The twin of the timeline: each step with its causes in words. */
export function StepRows({ instance, selected, onSelect }: StepRowsProps) {
  const startUs = microsecondsOf(instance.startedAt);
  const names = new Map(instance.steps.map((step) => [step.step, step.activity]));
  return (
    <VirtualRows
      label="Steps"
      className="step-rows"
      columns={columns}
      items={instance.steps}
      rowHeight={45}
      render={(step, index) => (
        <div
          className={`rows-row is-link${step.step === selected ? ' is-chosen' : ''}`}
          role="row"
          aria-rowindex={index + 2}
          onClick={() => onSelect(step.step === selected ? null : step.step)}
        >
          <span role="cell" className="figure is-quiet">
            {step.step + 1}
          </span>
          <span role="cell">
            <button type="button" className="link-button" aria-pressed={step.step === selected}>
              {step.activity}
            </button>
            {step.waitsFor.length > 0 && <small> waits for {step.waitsFor.join(', ')}</small>}
            {step.status === 'error' && <b className="is-failed-text"> ✕ {failedIn(instance, step)}</b>}
          </span>
          <span role="cell">
            {step.service || '–'}
            {step.consumers.length > 0 && <small> → {step.consumers.join(', ')}</small>}
          </span>
          <span role="cell">
            <Time iso={step.startedAt} />
          </span>
          <span role="cell" className="figure" data-label="After start">
            +{formatDuration(microsecondsOf(step.startedAt) - startUs)}
          </span>
          <span role="cell" data-label="Lasted">
            {step.open ? <span className="is-quiet">not ended yet</span> : <Duration us={step.durationUs} />}
          </span>
          <span role="cell">
            <Causes step={step} names={names} />
          </span>
        </div>
      )}
    />
  );
}

/** A step also counts as failed when only a consumer of it did. */
function failedIn(instance: Instance, step: Step): string {
  const services = instance.events.filter((event) => event.step === step.step && event.status === 'error');
  const others = new Set(
    services.map((event) => event.service).filter((service) => service !== step.service),
  );
  return others.size > 0 ? `failed in ${[...others].join(', ')}` : 'failed';
}

function Causes({ step, names }: { readonly step: Step; readonly names: ReadonlyMap<number, string> }) {
  if (step.causes.length === 0)
    return <span className="is-quiet">{step.step === 0 ? 'it began here' : 'no cause was seen'}</span>;
  return (
    <span className="step-causes">
      {step.causes.map((cause) => (
        <span key={cause.step}>
          {cause.step + 1} {names.get(cause.step)}{' '}
          <small>
            waited {formatDuration(cause.waitUs)}
            {cause.workUs > 0 && `, worked ${formatDuration(cause.workUs)}`}
            {cause.evidence === 'temporal' ? ' · by the clock only' : ''}
            {cause.overlapUs > 0 && ` · began ${formatDuration(cause.overlapUs)} before that ended`}
          </small>
        </span>
      ))}
    </span>
  );
}
