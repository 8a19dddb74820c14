/** A message port that sends one table's messages and accepts only the other's. */

export interface Channel<Out> {
  /** Buffers in `transfer` are moved, not copied, and are empty here afterwards. */
  send(message: Out, transfer?: Transferable[]): void
  close(): void
}

/**
 * Puts a typed channel on a port.
 *
 * @param read - validates what arrives; what it rejects is dropped
 */
export function openChannel<In, Out>(
  port: MessagePort,
  read: (data: unknown) => In | undefined,
  onMessage: (message: In) => void,
): Channel<Out> {
  port.onmessage = ({ data }) => {
    const message = read(data)
    if (message) onMessage(message)
  }
  return {
    send: (message, transfer = []) => port.postMessage(message, transfer),
    close: () => {
      port.onmessage = null
      port.close()
    },
  }
}
