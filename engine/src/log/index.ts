export type { Disk, DiskFile } from './file/disk.ts';
export {
  type FileLog,
  type FileLogOptions,
  openFileLog,
  openFileLogReader,
} from './file/file-log.ts';
export { ownLogDirectory, partitionDirectory } from './file/log-directory.ts';
export { nodeDisk } from './file/node-disk.ts';
export type { LogCut } from './file/recover.ts';
export { LogError, type LogErrorCode, type LogPlace } from './log-error.ts';
export {
  LOG_START,
  type LogAppender,
  type LogOwner,
  type LogPosition,
  type LogReader,
  type LogRecord,
  logPosition,
  type PartitionedLog,
} from './partitioned-log.ts';
