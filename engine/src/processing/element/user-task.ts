import {
  type EvaluationContext,
  evaluateNumber,
  evaluateString,
  evaluateStringList,
  evaluateTimerText,
  type Outcome,
} from '../../bpmn/expression.ts';
import type { Expression, UserTask } from '../../bpmn/model.ts';
import { valueOrFailure } from '../variable/evaluation.ts';
import { jobBehavior } from './job-task.ts';

/**
 * A task that a person does: a job of type `io.camunda.zeebe:userTask`, whose headers say who and until when. The
 * engine has no task list of its own, so `zeebe:userTask` (tasks that Zeebe manages itself) is such a job too; what only
 * that knows (priority, form ids, external reference) comes in headers named like the others.
 */
export const userTask = jobBehavior<UserTask>(({ job }) => job, headersOf);

type ReadText = (expression: Expression, evaluation: EvaluationContext) => Outcome<string>;

/** A list is a header as JSON, as in Zeebe. */
const listAsText: ReadText = (expression, evaluation) => {
  const list = evaluateStringList(expression, evaluation);
  return list.ok ? { ok: true, value: JSON.stringify(list.value) } : list;
};

const numberAsText: ReadText = (expression, evaluation) => {
  const number = evaluateNumber(expression, evaluation);
  return number.ok ? { ok: true, value: String(number.value) } : number;
};

const ASSIGNMENT: { readonly [A in keyof Required<UserTask['assignment']>]: ReadText } = {
  assignee: evaluateString,
  candidateGroups: listAsText,
  candidateUsers: listAsText,
  dueDate: evaluateTimerText,
  followUpDate: evaluateTimerText,
  priority: numberAsText,
};

/** Throws ElementFailure. */
function headersOf(task: UserTask, evaluation: EvaluationContext): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, read] of Object.entries(ASSIGNMENT)) {
    const expression = task.assignment[name as keyof typeof ASSIGNMENT];
    if (expression !== undefined) headers[headerOf(name)] = valueOrFailure(read(expression, evaluation));
  }
  for (const [name, text] of Object.entries(task.form)) headers[headerOf(name)] = text;
  return headers;
}

function headerOf(name: string): string {
  return `io.camunda.zeebe:${name}`;
}
