/**
 * One owner a directory, without a kernel lock (Node has none). The owner is who holds the highest `owner.N`.
 *
 * The highest number never goes down: who lets go leaves its file and says so in it, and a file is removed
 * only when a higher one is there. Taking over from a gone owner of N means creating N + 1, which only one
 * can, then looking again: a late one, who recreates a removed number, then sees a higher one and gives way.
 * A file is put in place with its content, so that nobody reads half of one. A holder lives while the thread
 * that wrote it does, judged by process, thread, start time and boot. Not covered: owners that can't see each
 * other's processes (two containers on one volume, a network disk).
 */
import {
  linkSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { LogError } from '../log-error.ts';

type Holder = {
  readonly pid: number;
  /** The kernel's id of the thread; undefined where the system does not tell. */
  readonly task?: number;
  /** Start of that thread in ticks since the boot. */
  readonly started?: string;
  readonly boot?: string;
};

const OWNER_FILE = /^owner\.([1-9][0-9]{0,14})$/;
const ATTEMPTS_MAX = 100;
/** In place of a holder: nobody. */
const LET_GO = { pid: 0 };
let drafts = 0;

/** See `Disk.own`. The directory must exist. */
export function ownDirectory(directory: string): () => void {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const newest = generations(directory).at(-1) ?? 0;
    if (newest > 0 && !isFree(directory, newest)) continue;
    const mine = newest + 1;
    if (!claim(directory, mine)) continue;
    const seen = generations(directory);
    if (seen.at(-1) === mine) {
      for (const older of seen.slice(0, -1)) removeClaim(directory, older);
      return () => letGo(directory, mine);
    }
    removeClaim(directory, mine);
  }
  throw new LogError('locked', `Others keep taking ${directory}; gave up after ${ATTEMPTS_MAX} attempts`);
}

function generations(directory: string): number[] {
  return readdirSync(directory)
    .map((name) => Number(OWNER_FILE.exec(name)?.[1] ?? 0))
    .filter((generation) => generation > 0)
    .sort((a, b) => a - b);
}

function claimPath(directory: string, generation: number): string {
  return join(directory, `owner.${generation}`);
}

function claim(directory: string, generation: number): boolean {
  const draft = writeDraft(directory, self());
  try {
    linkSync(draft, claimPath(directory, generation));
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function letGo(directory: string, generation: number): void {
  try {
    renameSync(writeDraft(directory, LET_GO), claimPath(directory, generation));
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error; // else the directory itself is gone
  }
}

function writeDraft(directory: string, content: unknown): string {
  drafts += 1;
  const draft = join(directory, `.owner-draft-${process.pid}-${threadId}-${drafts}`);
  writeFileSync(draft, JSON.stringify(content));
  return draft;
}

function removeClaim(directory: string, generation: number): void {
  rmSync(claimPath(directory, generation), { force: true });
}

/**
 * Whether the holder is gone; false when the file is, and one must look again. Throws when the holder lives.
 */
function isFree(directory: string, generation: number): boolean {
  let text: string;
  try {
    text = readFileSync(claimPath(directory, generation), 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
  const holder = parseHolder(text);
  if (holder === undefined || !isAlive(holder)) return true;
  const who = holder.pid === process.pid ? `this process (pid ${holder.pid})` : `the process ${holder.pid}`;
  throw new LogError('locked', `${directory} is owned by ${who}. Stop it first, or use another directory.`);
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isInteger(holder.pid) && holder.pid > 0 ? holder : undefined;
  } catch {
    return undefined; // power was lost before its content was written: its owner is gone too
  }
}

function self(): Holder {
  const boot = bootId();
  const task = Number(attempt(() => readlinkSync('/proc/thread-self').split('/').at(-1)) ?? 0);
  if (boot === undefined || task === 0) return { pid: process.pid };
  const started = startTicks(process.pid, task);
  return {
    pid: process.pid,
    task,
    boot,
    ...(started === undefined ? {} : { started }),
  };
}

function isAlive(holder: Holder): boolean {
  const boot = bootId();
  if (holder.boot !== undefined && boot !== undefined) {
    if (holder.boot !== boot || holder.task === undefined) return false;
    const started = startTicks(holder.pid, holder.task);
    return started !== undefined && started === holder.started;
  }
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

function bootId(): string | undefined {
  return attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

/**
 * Field 22 of proc_pid_stat(5). The name before it may hold spaces and brackets: count from the last bracket.
 */
function startTicks(pid: number, task: number): string | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8'));
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  return state === 'Z' || state === 'X' ? undefined : fields[19];
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
