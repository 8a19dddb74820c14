/** A body that begins over plain HTTP, as its manifest is late, and goes on from the swarm once that is there. */

import type { PlainBody } from './plain-body.js'

type Body = ReadableStream<Uint8Array<ArrayBuffer>>

/**
 * @param plain - supplies the bytes until then
 * @param later - resolves to a function that makes the body from a byte on; to `undefined` if there is no swarm
 * @param onLeft - called if the body ends before it has gone on from the swarm
 */
export function lateSwarmBody(
  plain: PlainBody,
  later: Promise<((fromByte: number) => Body) | undefined>,
  onLeft: () => void,
): Body {
  let swarmFrom: ((fromByte: number) => Body) | undefined
  let swarm: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined
  void later.then(found => {
    swarmFrom = found
  })
  return new ReadableStream(
    {
      async pull(controller) {
        if (!swarm && swarmFrom) {
          plain.cancel()
          swarm = swarmFrom(plain.nextByte).getReader()
        }
        if (!swarm) {
          await plain.pull(controller)
          if (plain.nextByte >= plain.span.to) onLeft()
          return
        }
        const { value, done } = await swarm.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel(reason) {
        plain.cancel()
        if (!swarm) onLeft()
        return swarm?.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
