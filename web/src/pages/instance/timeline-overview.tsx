import { brushX, type D3BrushEvent, select } from 'd3';
import { useEffect, useMemo, useRef } from 'react';
import { frameOf, type Sight, wholeSight } from '../../draw/timeline-frame.ts';
import type { Timeline } from '../../model/timeline.ts';

type OverviewProps = {
  readonly timeline: Timeline;
  readonly width: number;
  readonly labelWidth: number;
  readonly unfolded: ReadonlySet<number>;
  readonly sight: Sight;
  readonly onChange: (sight: Sight) => void;
};
const height = 40;

/** The whole instance, small; the brush on it chooses what the timeline below shows. */
export function TimelineOverview({ timeline, width, labelWidth, unfolded, sight, onChange }: OverviewProps) {
  const group = useRef<SVGGElement>(null);
  const latest = useRef(onChange);
  latest.current = onChange;
  const marks = useMemo(() => {
    const frame = frameOf(timeline, width, wholeSight, unfolded, labelWidth);
    const rowHeight = (height - 8) / Math.max(1, timeline.lanes.length);
    const paths = { fine: '', error: '' };
    const seen = new Set<string>();
    for (const bar of timeline.bars) {
      if (bar.kind !== 'step') continue;
      const x = Math.round(frame.x(bar.startUs));
      const end = Math.max(x + 2, Math.round(frame.x(bar.endUs)));
      const place = `${bar.lane}/${x}/${end}/${bar.isError}`;
      if (seen.has(place)) continue;
      seen.add(place);
      paths[bar.isError ? 'error' : 'fine'] +=
        `M${x},${(4 + (bar.lane + 0.5) * rowHeight).toFixed(1)}H${end}`;
    }
    return {
      ...paths,
      from: frame.x(timeline.startUs),
      to: frame.x(timeline.endUs),
      thickness: Math.max(1.5, Math.min(5, rowHeight - 1)),
    };
  }, [timeline, width, labelWidth, unfolded]);

  useEffect(() => {
    const element = group.current;
    if (!element || width === 0) return;
    const length = Math.max(1, marks.to - marks.from);
    const brush = brushX<unknown>()
      .extent([
        [marks.from, 1],
        [marks.to, height - 1],
      ])
      .on('brush end', (event: D3BrushEvent<unknown>) => {
        if (!event.sourceEvent) return;
        const chosen = event.selection as [number, number] | null;
        if (!chosen || chosen[1] - chosen[0] < 2) {
          if (event.type === 'end') latest.current(wholeSight);
          return;
        }
        latest.current({ from: (chosen[0] - marks.from) / length, to: (chosen[1] - marks.from) / length });
      });
    select(element).call(brush);
    const isWhole = sight.from <= 0 && sight.to >= 1;
    select(element).call(
      brush.move,
      isWhole ? null : [marks.from + sight.from * length, marks.from + sight.to * length],
    );
  }, [marks, sight, width]);

  return (
    <svg className="timeline-overview" width="100%" height={height} aria-hidden="true">
      <rect
        className="timeline-overview-back"
        x={marks.from}
        width={Math.max(0, marks.to - marks.from)}
        height={height}
      />
      <path className="timeline-overview-fine" d={marks.fine} strokeWidth={marks.thickness} />
      <path className="timeline-overview-error" d={marks.error} strokeWidth={marks.thickness + 1} />
      <g ref={group} />
    </svg>
  );
}
