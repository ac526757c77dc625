import { formatDuration } from '../model/format.ts';
import type { Arrow, Bar, Pending } from '../model/timeline.ts';
import { classes, round } from './map-node.tsx';
import { linesOf, widthOf } from './text-fit.ts';
import type { Frame } from './timeline-frame.ts';

type BarProps = {
  readonly bar: Bar;
  readonly frame: Frame;
  readonly room: number;
  readonly isSelected: boolean;
  readonly isDimmed: boolean;
  readonly startUs: number;
  readonly onSelect?: (step: number | null) => void;
  readonly onPoint?: (bar: Bar | null) => void;
};
const smallest = 6;

/** A step as a solid bar with its name, a consumption as a hollow one around what it led to. */
export function BarMark({ bar, frame, room, isSelected, isDimmed, startUs, onSelect, onPoint }: BarProps) {
  const from = frame.x(bar.startUs);
  const width = Math.max(smallest, frame.x(bar.endUs) - from);
  const middle = frame.rowMiddle(bar.lane, bar.row);
  const isStep = bar.kind === 'step';
  const height = isStep ? 14 : 22;
  const isInside = isStep && width > widthOf(bar.activity, 12) + 12;
  const name = isStep && !isInside && room > 34 ? (linesOf(bar.activity, room - 14, 12, 1)[0] ?? '') : '';
  const label = `${isStep ? bar.activity : `${bar.activity} consumed`}, ${formatDuration(bar.startUs - startUs)} after the start, ${bar.isOpen ? 'not ended since' : 'lasted'} ${formatDuration(bar.endUs - bar.startUs)}${bar.isError ? ', failed' : ''}`;
  return (
    <g
      className={classes(
        `timeline-bar is-${bar.kind}`,
        bar.isError && 'is-error',
        bar.isOpen && 'is-open',
        isSelected && 'is-selected',
        isDimmed && 'is-dimmed',
      )}
      data-step={bar.step ?? undefined}
      onClick={() => onSelect?.(isSelected ? null : bar.step)}
      onPointerEnter={() => onPoint?.(bar)}
      onPointerLeave={() => onPoint?.(null)}
      {...(isStep && {
        role: 'button',
        tabIndex: 0,
        'aria-pressed': isSelected,
        'aria-label': label,
        onKeyDown: (event: React.KeyboardEvent) => {
          if (event.key === 'Enter' || event.key === ' ') onSelect?.(isSelected ? null : bar.step);
        },
      })}
    >
      <rect
        x={round(from)}
        y={round(middle - height / 2)}
        width={round(width)}
        height={height}
        rx={isStep ? 2 : 3}
      />
      {bar.isError && (
        <g className="timeline-error" transform={`translate(${round(from + 1)},${round(middle - 13)})`}>
          <circle r="7" />
          <path d="M-2.5,-2.5L2.5,2.5M2.5,-2.5L-2.5,2.5" />
        </g>
      )}
      {isInside && (
        <text className="is-inside" x={round(Math.max(from, frame.labelWidth) + 6)} y={round(middle + 4)}>
          {bar.activity}
        </text>
      )}
      {name && (
        <text x={round(from + width + 6)} y={round(middle + 4)}>
          {name}
        </text>
      )}
    </g>
  );
}

type ArrowProps = { readonly arrow: Arrow; readonly frame: Frame; readonly isDimmed: boolean };

/** From the end of a publication to the start of what it led to. */
export function ArrowMark({ arrow, frame, isDimmed }: ArrowProps) {
  const { from, to } = arrow;
  const [x0, x1] = [frame.x(Math.min(from.endUs, to.startUs)), frame.x(to.startUs)];
  const [y0, y1] = [frame.rowMiddle(from.lane, from.row), frame.rowMiddle(to.lane, to.row)];
  const start = Math.min(x0 + 1, x1);
  const bend = Math.max(8, Math.min(48, (x1 - start) * 0.6));
  const tip = x1 - 1;
  return (
    <g className={classes(`timeline-arrow is-${arrow.kind} is-${arrow.evidence}`, isDimmed && 'is-dimmed')}>
      <path
        d={`M${round(start)},${round(y0)}C${round(start + bend)},${round(y0)} ${round(tip - bend)},${round(y1)} ${round(tip - 5)},${round(y1)}`}
      />
      <path
        className="timeline-arrow-tip"
        d={`M${round(tip - 7)},${round(y1 - 3.5)}L${round(tip)},${round(y1)}L${round(tip - 7)},${round(y1 + 3.5)}Z`}
      />
    </g>
  );
}

type PendingProps = { readonly pending: Pending; readonly frame: Frame; readonly endUs: number };

/** What should have come: dashed, without an end, from when it was waited for; the mark says when it was due. */
export function PendingMark({ pending, frame, endUs }: PendingProps) {
  const [from, to, due] = [frame.x(pending.sinceUs), frame.x(endUs), frame.x(pending.dueUs)];
  const middle = frame.rowMiddle(pending.lane, pending.row);
  const text = linesOf(`${pending.activity} missing`, frame.width - to - 16, 12, 1)[0];
  return (
    <g className="timeline-pending">
      <path
        className="timeline-pending-box"
        d={`M${frame.width},${middle - 11}H${round(from)}V${middle + 11}H${frame.width}`}
      />
      <path className="timeline-due" d={`M${round(due)},${middle - 14}V${middle + 14}`}>
        <title>due</title>
      </path>
      <text x={round(to + 8)} y={middle + 4}>
        {text}
      </text>
    </g>
  );
}
