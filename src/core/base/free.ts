// Frees the memory of byte arrays at once: V8 lets some sixty megabytes of such garbage gather before it collects.

/** Smaller ones are left to V8. */
const LARGE = 16 * 1024;

/** Available from Node 21 on. */
interface Transferable {
  transfer?(length: number): ArrayBufferLike;
}

/** Frees the memory behind `bytes` if they are all of it. They are empty afterwards. */
export function free(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  if (byteLength < LARGE || byteLength !== buffer.byteLength) return;
  (buffer as Transferable).transfer?.(0);
}

/** Frees all of a buffer of which `bytes` are a part that nothing else uses. */
export function freeWhole(bytes: Uint8Array): void {
  free(new Uint8Array(bytes.buffer));
}
