import { useEffect, useMemo, useRef, useState } from 'react';
import { fitScale } from '../../draw/use-map-zoom.ts';
import { type LaidOut, layOut } from '../../layout/layout.ts';
import { requestOf } from '../../layout/shape.ts';
import { type MapGraph, structureOf } from '../../model/graph.ts';

export type LayoutState = {
  readonly laidOut: LaidOut | null;
  /** The structure that `laidOut` belongs to is not the graph's yet. */
  readonly isWorking: boolean;
  readonly problem: Error | null;
};
type Size = { readonly width: number; readonly height: number };
type Done = { readonly structure: string; readonly laidOut: LaidOut | null; readonly problem: Error | null };

/** Below this scale names can't be read: then the other direction may be the better one. */
const readable = 0.62;

/** Lays out a graph anew only when its structure changes, so that new figures do not move anything. */
export function useLayout(graph: MapGraph | null, frame: Size | null): LayoutState {
  const shape = frame === null ? '' : frame.width >= frame.height ? 'wide' : 'tall';
  const structure = useMemo(
    () => (graph && shape ? `${shape}\u0002${structureOf(graph)}` : ''),
    [graph, shape],
  );
  const latest = useRef({ graph, frame });
  latest.current = { graph, frame };
  const [done, setDone] = useState<Done | null>(null);
  useEffect(() => {
    const { graph, frame } = latest.current;
    if (structure === '' || !graph || !frame) return;
    const stop = new AbortController();
    layOutToFit(graph, frame, stop.signal).then(
      (laidOut) => setDone({ structure, laidOut, problem: null }),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        const problem = error instanceof Error ? error : new Error(String(error));
        setDone((before) => ({ structure, laidOut: before?.laidOut ?? null, problem }));
      },
    );
    return () => stop.abort();
  }, [structure]);
  return {
    laidOut: done?.laidOut ?? null,
    isWorking: structure !== done?.structure,
    problem: done?.problem ?? null,
  };
}

/** Along the longer side of the frame; across it where that is easier to read. */
async function layOutToFit(graph: MapGraph, frame: Size, signal: AbortSignal): Promise<LaidOut> {
  const isWide = frame.width >= frame.height;
  const first = await layOut(requestOf(graph, isWide ? 'right' : 'down'), signal);
  if (!isWide || fitScale(first.layout, frame) >= readable) return first;
  const second = await layOut(requestOf(graph, 'down'), signal);
  return fitScale(second.layout, frame) > fitScale(first.layout, frame) ? second : first;
}
