/** What processes, clients and workers call the same. */

/** What service tasks and user tasks are jobs of. */
export const JOB_TYPES = ['a', 'b', 'io.camunda.zeebe:userTask'] as const;
export const MESSAGES = ['m1', 'm2'] as const;
/** For events beside a path: one that goes on waiting would take every message before the path could have it. */
export const ASIDE_MESSAGES = ['aside1', 'aside2'] as const;
/** For event sub-processes: one element can't wait for the same message inside and at its border. */
export const INSIDE_MESSAGES = ['inside'] as const;
export const ASIDE_SIGNALS = ['aside1', 'aside2'] as const;
export const START_MESSAGE = 'begin';
export const START_SIGNAL = 'begin';
export const SIGNALS = ['s1', 's2'] as const;
/** Values of the variable `key`, by which messages are correlated. */
export const CORRELATION_KEYS = ['k1', 'k2', 'k3', 'k4'] as const;
export const ERROR_CODES = ['e1', 'e2'] as const;
