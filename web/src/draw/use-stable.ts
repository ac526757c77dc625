import { useCallback, useLayoutEffect, useRef } from 'react';

/** A function that stays the same between renders and runs the latest one: what is memoised need not be drawn again. */
export function useStable<Arguments extends readonly unknown[], Answer>(
  run: (...given: Arguments) => Answer,
): (...given: Arguments) => Answer {
  const latest = useRef(run);
  useLayoutEffect(() => {
    latest.current = run;
  });
  return useCallback((...given: Arguments) => latest.current(...given), []);
}
