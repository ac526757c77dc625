import type { Variables } from '../gateway/requests.ts';

/** Thrown by a worker's handler: the process goes on where it catches an error with this code. No retries. */
export class BpmnError extends Error {
  override readonly name = 'BpmnError';
  readonly errorCode: string;
  readonly variables: Variables;

  constructor(errorCode: string, message = '', variables: Variables = {}) {
    super(message);
    this.errorCode = errorCode;
    this.variables = variables;
  }
}
