import { memo } from 'react';
import { formatDuration, formatShortDuration } from '../model/format.ts';
import type { Arrow, Bar, Timeline } from '../model/timeline.ts';
import { classes, round } from './map-node.tsx';
import { linesOf, widthOf } from './text-fit.ts';
import { axisHeight, type Frame, isNarrow, ticksOf } from './timeline-frame.ts';
import { ArrowMark, BarMark, PendingMark } from './timeline-marks.tsx';

export type TimelineDrawingProps = {
  readonly timeline: Timeline;
  readonly frame: Frame;
  readonly selected?: number | null;
  /** Steps that belong to the selected one; null: all are equal. */
  readonly related?: ReadonlySet<number> | null;
  readonly onSelect?: (step: number | null) => void;
  readonly onPoint?: (bar: Bar | null) => void;
  readonly onUnfold?: (startUs: number) => void;
};

/** Nothing more than this is drawn at once; closer looks show the rest. */
const most = { bars: 6_000, arrows: 800, steepArrows: 150 } as const;

/** One instance over time, in lanes by service. Draws only what is in sight. */
export const TimelineDrawing = memo(function TimelineDrawing(props: TimelineDrawingProps) {
  const { timeline, frame, selected = null, related = null, onSelect, onPoint, onUnfold } = props;
  const [left, right] = [frame.labelWidth, frame.width];
  const bars = inSight(timeline.bars, frame);
  const arrows = arrowsInSight(timeline, frame);
  const isDimmed = (step: number | null) => related !== null && (step === null || !related.has(step));
  const room = labelRoom(bars, frame);
  return (
    <>
      <Lanes timeline={timeline} frame={frame} />
      <clipPath id="timeline-sight">
        <rect x={left} y="0" width={Math.max(0, right - left)} height={frame.height} />
      </clipPath>
      <g clipPath="url(#timeline-sight)">
        {ticksOf(timeline, frame).map((tick) => (
          <g key={tick.text} className="timeline-tick" transform={`translate(${round(tick.x)},0)`}>
            <path d={`M0,${axisHeight - 6}V${frame.height}`} />
            <text y="14">{tick.text}</text>
          </g>
        ))}
        {frame.folded.map((gap) => (
          <Zigzag
            key={gap.startUs}
            from={frame.x(gap.startUs)}
            to={frame.x(gap.endUs)}
            height={frame.height}
            lengthUs={gap.endUs - gap.startUs}
            {...(onUnfold && { onUnfold: () => onUnfold(gap.startUs) })}
          />
        ))}
        {arrows.map((arrow) => (
          <ArrowMark
            key={arrow.id}
            arrow={arrow}
            frame={frame}
            isDimmed={isDimmed(arrow.to.step) || isDimmed(arrow.from.step)}
          />
        ))}
        {bars.map((bar) => (
          <BarMark
            key={bar.id}
            bar={bar}
            frame={frame}
            room={room.get(bar.id) ?? 0}
            isSelected={selected !== null && bar.step === selected}
            isDimmed={isDimmed(bar.step)}
            startUs={timeline.startUs}
            {...(onSelect && { onSelect })}
            {...(onPoint && { onPoint })}
          />
        ))}
        {timeline.pending && <PendingMark pending={timeline.pending} frame={frame} endUs={timeline.endUs} />}
      </g>
    </>
  );
});

function Lanes({ timeline, frame }: Pick<TimelineDrawingProps, 'timeline' | 'frame'>) {
  return timeline.lanes.map((lane, at) => {
    const [top, height] = [frame.laneTop(at), frame.laneHeight(at)];
    const isAbove = isNarrow(frame.labelWidth);
    return (
      <g key={lane.service} className={classes('timeline-lane', at % 2 === 1 && 'is-odd')}>
        <rect x="0" y={top} width={frame.width} height={height} />
        <text
          x={isAbove ? 4 : 12}
          y={isAbove ? top + 14 : top + height / 2 + 4.5}
          className={isAbove ? 'is-small' : ''}
        >
          {linesOf(lane.service, isAbove ? frame.width - 12 : frame.labelWidth - 20, isAbove ? 11 : 13, 1)[0]}
        </text>
      </g>
    );
  });
}

type ZigzagProps = {
  readonly from: number;
  readonly to: number;
  readonly height: number;
  readonly lengthUs: number;
  readonly onUnfold?: () => void;
};

/** Folded idle time: a torn strip with its length; a click unfolds it. */
function Zigzag({ from, to, height, lengthUs, onUnfold }: ZigzagProps) {
  const middle = (from + to) / 2;
  const half = Math.min(9, (to - from) / 2);
  const teeth = Array.from({ length: Math.ceil((height - axisHeight) / 8) + 1 }, (_, at) => {
    const side = at % 2 === 0 ? -3 : 3;
    return `${round(side)},${round(axisHeight + at * 8)}`;
  });
  const label = formatShortDuration(lengthUs);
  return (
    <g
      className="timeline-gap"
      transform={`translate(${round(middle)},0)`}
      role="button"
      tabIndex={0}
      aria-label={`Nothing happened for ${formatDuration(lengthUs)}. Show it in full length.`}
      onClick={onUnfold}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === ' ') onUnfold?.();
      }}
    >
      <title>{`Nothing happened for ${formatDuration(lengthUs)}: click to show it in full length`}</title>
      <rect x={round(-half)} y={axisHeight} width={round(2 * half)} height={height - axisHeight} />
      <path d={`M${teeth.join('L')}`} transform={`translate(${-half / 2},0)`} />
      <path d={`M${teeth.join('L')}`} transform={`translate(${half / 2},0)`} />
      <rect
        className="timeline-gap-label"
        x={round(-widthOf(label, 12) / 2 - 6)}
        y="2"
        width={round(widthOf(label, 12) + 12)}
        height="18"
        rx="9"
      />
      <text y="15">{label}</text>
    </g>
  );
}

/** Bars in sight; of those that would lie on each other in a row, one stands for all, errors first. */
function inSight(bars: readonly Bar[], frame: Frame): Bar[] {
  const shown = new Map<string, Bar>();
  for (const bar of bars) {
    const [from, to] = [frame.x(bar.startUs), frame.x(bar.endUs)];
    if (to < frame.labelWidth - 6 || from > frame.width) continue;
    const isSmall = to - from < 5;
    const place = isSmall ? `${bar.lane}/${bar.row}/${bar.kind}/${Math.round(from / 4)}` : bar.id;
    const before = shown.get(place);
    if (!before || (bar.isError && !before.isError)) shown.set(place, bar);
    if (shown.size > most.bars) break;
  }
  return [...shown.values()];
}

/** Messages in sight. Where there are very many, those that would be no more than a stroke wait for a closer look. */
function arrowsInSight(timeline: Timeline, frame: Frame): Arrow[] {
  const inSight = timeline.arrows.filter(
    ({ from, to }) => frame.x(to.startUs) >= frame.labelWidth && frame.x(from.endUs) <= frame.width,
  );
  if (inSight.length <= most.steepArrows) return inSight;
  return inSight
    .filter(({ from, to }) => frame.x(to.startUs) - frame.x(from.endUs) >= 6)
    .slice(0, most.arrows);
}

/** How many pixels each step has to its right before the next bar of its row, for its name. */
function labelRoom(bars: readonly Bar[], frame: Frame): Map<string, number> {
  const rows = new Map<string, Bar[]>();
  for (const bar of bars) {
    const row = `${bar.lane}/${bar.row}`;
    rows.set(row, [...(rows.get(row) ?? []), bar]);
  }
  const room = new Map<string, number>();
  const folds = frame.folded.map((gap) => (frame.x(gap.startUs) + frame.x(gap.endUs)) / 2 - 10);
  for (const row of rows.values()) {
    const sorted = [...row].sort((a, b) => a.startUs - b.startUs);
    let nextAt = frame.width;
    for (const bar of sorted.reverse()) {
      const end = Math.max(frame.x(bar.endUs), frame.x(bar.startUs) + 6);
      const fold = folds.find((x) => x >= end) ?? frame.width;
      room.set(bar.id, Math.min(nextAt, fold) - end);
      nextAt = Math.min(nextAt, frame.x(bar.startUs));
    }
  }
  return room;
}
