import { expect, test, vi } from 'vitest'
import { lateSwarmBody } from '../../../src/sw/late-swarm-body.js'
import type { PlainBody } from '../../../src/sw/plain-body.js'

const settled = () => new Promise(resolve => setImmediate(resolve))

/** A body over plain HTTP of ten bytes, one at a time. */
function plainBody() {
  const plain = {
    nextByte: 0,
    span: { from: 0, to: 10 },
    isCancelled: false,
    async pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) {
      controller.enqueue(new Uint8Array([plain.nextByte++]))
      if (plain.nextByte === plain.span.to) controller.close()
    },
    cancel() {
      plain.isCancelled = true
    },
  }
  return plain
}

/** What the swarm gives from a byte on. */
const swarmFrom = (from: number) =>
  new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(new Uint8Array([100 + from]))
      controller.close()
    },
  })

function lateBody() {
  const plain = plainBody()
  let come: (found: typeof swarmFrom | undefined) => void = () => {}
  const later = new Promise<typeof swarmFrom | undefined>(resolve => {
    come = resolve
  })
  const onLeft = vi.fn()
  const reader = lateSwarmBody(plain as unknown as PlainBody, later, onLeft).getReader()
  const read = async () => [...((await reader.read()).value ?? [])]
  return { plain, come, onLeft, reader, read }
}

test('it goes on from the swarm where plain HTTP has come to', async () => {
  const { plain, come, onLeft, read } = lateBody()
  expect(await read()).toEqual([0])
  expect(await read()).toEqual([1])
  come(swarmFrom)
  await settled()
  expect(onLeft).toHaveBeenCalledOnce()
  expect(await read()).toEqual([102])
  expect(await read()).toEqual([])
  expect(plain.isCancelled).toBe(true)
  expect(onLeft).toHaveBeenCalledOnce()
})

test('a body that is read no further leaves what it gave once the manifest is there', async () => {
  const { come, onLeft, reader, read } = lateBody()
  await read()
  expect(onLeft).not.toHaveBeenCalled()
  come(swarmFrom)
  await settled()
  expect(onLeft).toHaveBeenCalledOnce()
  await reader.cancel()
  expect(onLeft).toHaveBeenCalledOnce()
})

test.each(['is cancelled', 'comes to its end'])('so does one that %s before', async how => {
  const { onLeft, reader, read } = lateBody()
  await read()
  if (how === 'is cancelled') await reader.cancel()
  else for (let at = 1; at < 10; at++) await read()
  expect(onLeft).toHaveBeenCalledOnce()
})

test('without a swarm it goes on over plain HTTP, and leaves nothing until its end', async () => {
  const { come, onLeft, read } = lateBody()
  await read()
  come(undefined)
  await settled()
  expect(await read()).toEqual([1])
  expect(onLeft).not.toHaveBeenCalled()
})
