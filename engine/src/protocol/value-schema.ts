/**
 * What the engine knows of one value type. `commands`, `events` and the names in `defaults` are the log's format: a
 * record is stored as their indices. They may grow at the end; nothing is ever moved, renamed or taken out.
 */
export type ValueSchema<V extends object, C extends string, E extends string> = {
  /** Stored in the log; never given to another value type. */
  readonly code: number;
  /** Imperative: what is asked for. */
  readonly commands: readonly C[];
  /** Past tense: what has happened. */
  readonly events: readonly E[];
  /** All fields in the order in which they are stored; what an older record lacks is taken from here. */
  readonly defaults: V;
  readonly fields: readonly string[];
  /** Fields that hold a JSON object as text. */
  readonly documents: ReadonlySet<string>;
  /** Fields that are stored but not exported. */
  readonly internal: ReadonlySet<string>;
  /** Fields that hold lists of another value type. */
  readonly lists: ReadonlyMap<string, AnySchema>;
};

export type AnySchema = ValueSchema<object, string, string>;

/** Defines a value type: `valueSchema<JobValue>()({ … })`, in two calls so that the intents are inferred. */
export function valueSchema<V extends object>() {
  return <const C extends string, const E extends string>(definition: {
    readonly code: number;
    readonly commands: readonly C[];
    readonly events: readonly E[];
    readonly defaults: V;
    readonly documents?: readonly (keyof V & string)[];
    readonly internal?: readonly (keyof V & string)[];
    readonly lists?: { readonly [F in keyof V & string]?: AnySchema };
  }): ValueSchema<V, C, E> => ({
    code: definition.code,
    commands: definition.commands,
    events: definition.events,
    defaults: Object.freeze(definition.defaults),
    fields: Object.keys(definition.defaults),
    documents: new Set<string>(definition.documents ?? []),
    internal: new Set<string>(definition.internal ?? []),
    lists: new Map(Object.entries<AnySchema | undefined>(definition.lists ?? {}).flatMap(present)),
  });
}

function present([name, schema]: [string, AnySchema | undefined]): [string, AnySchema][] {
  return schema === undefined ? [] : [[name, schema]];
}
