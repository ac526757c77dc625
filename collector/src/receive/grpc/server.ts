import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { GrpcReceiver } from './receiver.ts';

/**
 * Bounds of one connection. Windows are what a sender may have under way before it is read: for a stream, and for the whole
 * connection. More calls than {@link STREAMS_MAX} wait at the sender.
 */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 4 * 1024 * 1024;
const STREAMS_MAX = 256;
const SESSION_MEMORY_MB = 64;
/** A connection that nobody uses is closed; clients open a new one by themselves. */
const IDLE_MS = 10 * 60_000;

export type GrpcServer = {
  /** Not listening yet. */
  readonly server: Http2Server;
  /** Takes no new calls from now on; those that are open go on. */
  drain(): void;
  /** Resolves when all connections are gone: those that still have calls open after the given time are cut. */
  close(graceMs: number): Promise<void>;
};

/** A server for gRPC in clear text (HTTP/2 with prior knowledge). */
export function grpcServer(receive: GrpcReceiver): GrpcServer {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({
    settings: { initialWindowSize: STREAM_WINDOW_BYTES, maxConcurrentStreams: STREAMS_MAX },
    maxSessionMemory: SESSION_MEMORY_MB,
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.setTimeout(IDLE_MS, () => session.close());
    session.once('close', () => sessions.delete(session));
  });
  // A connection that breaks the protocol is closed by node itself.
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, headers) => void receive(stream, headers));

  function drain(): void {
    if (server.listening) server.close();
    for (const session of sessions) session.close();
  }

  return {
    server,
    drain,
    close(graceMs) {
      drain();
      return new Promise((resolve) => {
        const cut = setTimeout(() => {
          for (const session of sessions) session.destroy();
        }, graceMs);
        const check = (): void => {
          if (sessions.size > 0) return;
          clearTimeout(cut);
          resolve();
        };
        for (const session of sessions) session.once('close', () => setImmediate(check));
        check();
      });
    },
  };
}
