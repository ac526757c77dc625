import { formatDuration } from '../model/format.ts';
import { type Gap, type TimeScale, timeScale } from '../model/time-scale.ts';
import type { Lane, Timeline } from '../model/timeline.ts';

/** The part of the whole width that is in sight, 0 to 1. */
export type Sight = { readonly from: number; readonly to: number };
export const wholeSight: Sight = { from: 0, to: 1 };

/** Where everything of a timeline is in pixels, for one width and one part in sight. */
export type Frame = {
  readonly width: number;
  readonly height: number;
  readonly labelWidth: number;
  readonly x: (us: number) => number;
  readonly laneTop: (lane: number) => number;
  readonly laneHeight: (lane: number) => number;
  readonly rowMiddle: (lane: number, row: number) => number;
  readonly folded: readonly Gap[];
  readonly scale: TimeScale;
};

export const rowHeight = 28;
const lanePadding = 8;
export const isNarrow = (labelWidth: number): boolean => labelWidth < 60;
export const axisHeight = 26;
export const pendingRoom = 216;

export function frameOf(
  timeline: Timeline,
  width: number,
  sight: Sight,
  unfolded: ReadonlySet<number>,
  labelWidth: number,
): Frame {
  const folded = timeline.gaps.filter((gap) => !unfolded.has(gap.startUs));
  const scale = timeScale(timeline.startUs, timeline.endUs, folded);
  // Room after the end, so that what happened last, or did not happen, can be named.
  const after = timeline.pending ? Math.min(width / 3, pendingRoom) : Math.max(24, Math.min(width / 9, 120));
  const inner = Math.max(1, width - labelWidth - after);
  const zoom = inner / Math.max(1e-9, sight.to - sight.from);
  // Without a column for them, the names of services stand above their rows.
  const above = isNarrow(labelWidth) ? 14 : 0;
  const heightOf = (lane: Lane | undefined) => (lane?.rows ?? 1) * rowHeight + 2 * lanePadding + above;
  const tops: number[] = [];
  let top = axisHeight;
  for (const lane of timeline.lanes) {
    tops.push(top);
    top += heightOf(lane);
  }
  const laneTop = (lane: number) => tops[lane] ?? axisHeight;
  return {
    width,
    height: top + 4,
    labelWidth,
    folded,
    scale,
    x: (us) => labelWidth + 8 + (scale.place(us) - sight.from) * zoom,
    laneTop,
    laneHeight: (lane) => heightOf(timeline.lanes[lane]),
    rowMiddle: (lane, row) => laneTop(lane) + lanePadding + above + (row + 0.5) * rowHeight,
  };
}

export type Tick = { readonly x: number; readonly text: string };
const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 1.5e7,
  3e7, 6e7, 1.2e8, 3e8, 6e8, 9e8, 1.8e9, 3.6e9, 7.2e9, 1.08e10, 2.16e10, 4.32e10, 8.64e10, 1.728e11, 6.048e11,
  2.592e12, 7.776e12, 3.1536e13,
];

/** Marks at round offsets from the start, where there is room between them; none inside folded time. */
export function ticksOf(timeline: Timeline, frame: Frame): Tick[] {
  const [left, right] = [frame.labelWidth + 8, frame.width];
  const visible = frame.scale.time(1) - frame.scale.time(0);
  const perPixel = (frame.x(timeline.endUs) - frame.x(timeline.startUs)) / Math.max(1, visible);
  const foldedUs = frame.folded.reduce((sum, gap) => sum + gap.endUs - gap.startUs, 0);
  const shownUs = Math.max(1, visible - foldedUs);
  const pixelsPerUs = Math.max(
    perPixel,
    (frame.x(timeline.endUs) - frame.x(timeline.startUs)) / shownUs / 1.2,
  );
  const step = steps.find((one) => one * pixelsPerUs >= 90) ?? steps.at(-1) ?? 1;
  const folds = frame.folded.map((gap) => (frame.x(gap.startUs) + frame.x(gap.endUs)) / 2);
  const ticks: Tick[] = [];
  const edges = [
    timeline.startUs,
    ...frame.folded.flatMap((gap) => [gap.startUs, gap.endUs]),
    timeline.endUs,
  ];
  for (let at = 0; at + 1 < edges.length; at += 2) {
    const [from, to] = [edges[at] ?? 0, edges[at + 1] ?? 0];
    const first = Math.ceil((from - timeline.startUs) / step);
    const last = Math.min(first + 2_000, Math.floor((to - timeline.startUs) / step));
    for (let number = first; number <= last; number++) {
      const x = frame.x(timeline.startUs + number * step);
      const before = ticks.at(-1);
      const isBesideFold = folds.some((fold) => Math.abs(fold - x) < 58);
      if (x < left - 1 || x > right - 8 || isBesideFold || (before && x - before.x < 64)) continue;
      const text = number === 0 ? '0' : `+${offsetText(number * step, step)}`;
      if (text !== before?.text) ticks.push({ x, text });
    }
  }
  return ticks;
}

/** As exact as the distance between marks asks for: 1.25 s where they are 50 ms apart. */
function offsetText(us: number, stepUs: number): string {
  const second = 1_000_000;
  if (stepUs >= second || us < second || us >= 60 * second) return formatDuration(us);
  const decimals = Math.min(6, Math.ceil(-Math.log10(stepUs / second)));
  return `${(us / second).toFixed(decimals)} s`;
}
