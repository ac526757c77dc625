declare module 'lz4js' {
  /** Of a whole frame. */
  export function decompress(frame: Uint8Array): Uint8Array;
}

declare module 'snappyjs' {
  /** Of one block without a frame around it. */
  export function uncompress(block: Uint8Array): Uint8Array;
  export function compress(bytes: Uint8Array): Uint8Array;
}
