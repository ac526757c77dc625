/** The part of moddle that `moddle.ts` uses; the packages come without types of their own. */
declare module 'bpmn-moddle' {
  export class BpmnModdle {
    constructor(packages: Readonly<Record<string, unknown>>);
  }
}

declare module 'moddle-xml' {
  type ReadElement = { readonly $type: string; readonly [property: string]: unknown };

  type Warning = {
    readonly message: string;
    readonly element?: ReadElement;
    readonly property?: string;
    readonly value?: string;
  };

  export type Handler = {
    readonly element?: ReadElement;
    readonly context: { readonly warnings: readonly Warning[]; addWarning(warning: Warning): void };
  };

  export class Reader {
    constructor(options: { readonly model: unknown; readonly lax: boolean });
    handler(type: string): Handler;
    fromXML(xml: string, handler: Handler): Promise<unknown>;
  }
}
