import { useEffect, useMemo, useRef, useState } from 'react';
import { type LaidOut, layOut } from '../../layout/layout.ts';
import { type Direction, requestOf } from '../../layout/shape.ts';
import { type MapGraph, structureOf } from '../../model/graph.ts';

export type LayoutState = {
  readonly laidOut: LaidOut | null;
  /** The structure that `laidOut` belongs to is not the graph's yet. */
  readonly isWorking: boolean;
  readonly problem: Error | null;
};

/** Lays out a graph anew only when its structure changes, so that new figures do not move anything. */
export function useLayout(graph: MapGraph | null, direction: Direction): LayoutState {
  const structure = useMemo(() => (graph ? `${direction}\u0002${structureOf(graph)}` : ''), [graph, direction]);
  const latest = useRef(graph);
  latest.current = graph;
  const [done, setDone] = useState<{ structure: string; laidOut: LaidOut | null; problem: Error | null } | null>(null);
  useEffect(() => {
    if (structure === '' || !latest.current) return;
    const stop = new AbortController();
    layOut(requestOf(latest.current, direction), stop.signal).then(
      (laidOut) => setDone({ structure, laidOut, problem: null }),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        setDone((before) => ({
          structure,
          laidOut: before?.laidOut ?? null,
          problem: error instanceof Error ? error : new Error(String(error)),
        }));
      },
    );
    return () => stop.abort();
  }, [structure, direction]);
  return { laidOut: done?.laidOut ?? null, isWorking: structure !== done?.structure, problem: done?.problem ?? null };
}
