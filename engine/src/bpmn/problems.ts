/** Why a file is refused. Lines and columns count from 1. */
export type BpmnProblem = {
  /** Absent where the file as a whole is meant, or the element has no id. */
  readonly elementId: string | undefined;
  /** As it stands in the file, without prefix: `serviceTask`. */
  readonly elementType: string | undefined;
  readonly reason: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
};

/** More problems are counted, not listed, in the message; `problems` holds them all. */
const maxListed = 20;

/** The only error that `parseBpmn` throws: all problems that could be found, in document order where known. */
export class BpmnProblems extends Error {
  readonly problems: readonly BpmnProblem[];

  constructor(problems: readonly BpmnProblem[]) {
    const listed = problems.slice(0, maxListed).map(describeProblem);
    const rest = problems.length - listed.length;
    super([...listed, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n'));
    this.name = 'BpmnProblems';
    this.problems = problems;
  }
}

/** `Element 'pay' (serviceTask), line 12: …` */
export function describeProblem(problem: BpmnProblem): string {
  const type = problem.elementType === undefined ? '' : ` (${problem.elementType})`;
  const element = problem.elementId === undefined ? '' : `Element '${problem.elementId}'${type}`;
  const line = problem.line === undefined ? '' : `line ${problem.line}`;
  const column = line === '' || problem.column === undefined ? '' : `, column ${problem.column}`;
  const place = [element || type.trim(), line + column].filter((part) => part !== '').join(', ');
  return place === '' ? problem.reason : `${place}: ${problem.reason}`;
}
