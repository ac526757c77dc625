import { select, type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity } from 'd3';
import { type RefObject, useCallback, useEffect, useRef } from 'react';

type Size = { readonly width: number; readonly height: number };
export type MapZoom = {
  readonly by: (factor: number) => void;
  readonly pan: (x: number, y: number) => void;
  readonly fit: () => void;
  /** Brings a point of the drawing into view, if it is not. */
  readonly reveal: (x: number, y: number) => void;
};

const margin = 28;
const extent: [number, number] = [0.08, 3];
/** A small map is not blown up beyond this. */
const largestFit = 1.15;

/** Wheel, drag, pinch and commands for a drawing of `size` inside an SVG. A new `size` object fits it again. */
export function useMapZoom(
  svg: RefObject<SVGSVGElement | null>,
  root: RefObject<SVGGElement | null>,
  size: Size | null,
): MapZoom {
  const behavior = useRef<ZoomBehavior<SVGSVGElement, unknown> | null>(null);
  const current = useRef<ZoomTransform>(zoomIdentity);
  const touched = useRef(false);

  const fit = useCallback(() => {
    const element = svg.current;
    if (!element || !size || !behavior.current) return;
    touched.current = false;
    select(element).call(behavior.current.transform, fitting(size, element.getBoundingClientRect()));
  }, [svg, size]);

  useEffect(() => {
    const element = svg.current;
    if (!element) return;
    const handler = zoom<SVGSVGElement, unknown>()
      .scaleExtent(extent)
      .on('zoom', (event: { transform: ZoomTransform; sourceEvent: unknown }) => {
        current.current = event.transform;
        if (event.sourceEvent) touched.current = true;
        root.current?.setAttribute('transform', event.transform.toString());
      });
    behavior.current = handler;
    select(element).call(handler).on('dblclick.zoom', null);
    fit();
    const observer = new ResizeObserver(() => {
      if (!touched.current) fit();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      select(element).on('.zoom', null);
    };
  }, [svg, root, fit]);

  const command = useCallback(
    (run: (target: ZoomBehavior<SVGSVGElement, unknown>, element: SVGSVGElement) => void) => {
      if (!svg.current || !behavior.current) return;
      touched.current = true;
      run(behavior.current, svg.current);
    },
    [svg],
  );
  return {
    fit,
    by: (factor) => command((target, element) => select(element).call(target.scaleBy, factor)),
    pan: (x, y) =>
      command((target, element) => select(element).call(target.translateBy, x / current.current.k, y / current.current.k)),
    reveal: (x, y) =>
      command((target, element) => {
        const box = element.getBoundingClientRect();
        const [left, top] = current.current.apply([x, y]);
        const isSeen = left > 60 && left < box.width - 60 && top > 40 && top < box.height - 40;
        if (!isSeen) select(element).call(target.translateTo, x, y);
      }),
  };
}

export function fitting(size: Size, box: Size): ZoomTransform {
  const [width, height] = [Math.max(1, box.width - 2 * margin), Math.max(1, box.height - 2 * margin)];
  const scale = Math.max(extent[0], Math.min(largestFit, width / Math.max(1, size.width), height / Math.max(1, size.height)));
  return zoomIdentity
    .translate((box.width - size.width * scale) / 2, (box.height - size.height * scale) / 2)
    .scale(scale);
}
