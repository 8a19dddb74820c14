/** Parts of the manifest that one neighbour and this viewer ask of each other: answers come in the order of the questions. */

import { SwarmtagError } from '../core/errors.js'
import type { ByteSpan } from '../core/units.js'
import { MOST_MANIFEST_BYTES, MOST_MANIFEST_QUESTIONS, type PeerMessage } from './messages.js'

/** A neighbour that does not answer within this time is asked no more. */
const ANSWER_MS = 5_000

type Question = Extract<PeerMessage, { type: 'ask-manifest' }>
type Answer = Extract<PeerMessage, { type: 'manifest' }>
type Part = Uint8Array<ArrayBuffer> | undefined

interface Open {
  readonly question: Question
  give(part: Part): void
}

export class ManifestTalk {
  /** Questions of this viewer, oldest first; also those that are waited for no longer. */
  #open: Open[] = []
  /** One span at a time: the next one waits for this. */
  #asking: Promise<unknown> = Promise.resolve()
  /** Questions of the neighbour that are not answered yet, and the last of them. */
  #unanswered = 0
  #answering: Promise<unknown> = Promise.resolve()

  /** @param read - the bytes of a span that the neighbour may be given, from the first on */
  constructor(
    readonly send: (message: PeerMessage) => void,
    readonly read: (span: ByteSpan) => Promise<Uint8Array<ArrayBuffer>>,
  ) {}

  /** The bytes of a span that the neighbour has, from the first on; none where it does not answer. */
  ask(span: ByteSpan): Promise<Uint8Array<ArrayBuffer>> {
    const asking = this.#asking.then(() => this.#ask(span))
    this.#asking = asking
    return asking
  }

  /**
   * The neighbour answers.
   *
   * @throws SwarmtagError `peer-protocol` if it was not asked so
   */
  receive({ offset, bytes }: Answer): void {
    const open = this.#open.shift()
    if (open?.question.offset !== offset || bytes.length > open.question.length)
      throw new SwarmtagError('peer-protocol', 'the peer sent parts of a manifest unasked')
    open.give(bytes)
  }

  /**
   * The neighbour asks.
   *
   * @throws SwarmtagError `peer-protocol` if it asks for more than it may at a time
   */
  answer({ offset, length }: Question): void {
    if (++this.#unanswered > MOST_MANIFEST_QUESTIONS)
      throw new SwarmtagError('peer-protocol', 'the peer asks for too much of the manifest')
    this.#answering = this.#answering.then(async () => {
      const bytes = await this.read({ from: offset, to: offset + length })
      this.#unanswered--
      this.send({ type: 'manifest', offset, bytes })
    })
  }

  /** The neighbour is gone. */
  close(): void {
    for (const { give } of this.#open.splice(0)) give(undefined)
  }

  async #ask({ from, to }: ByteSpan): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(to - from)
    let at = from
    while (at < to) {
      // It is still to answer what was given up: more would be too much at a time.
      if (this.#open.length > 0) break
      const questions = questionsFrom(at, to)
      const answers = await Promise.all(questions.map(each => this.#question(each)))
      // What comes behind a part that is not whole does not join it.
      const cut = questions.findIndex(({ length }, index) => answers[index]?.length !== length)
      for (const part of cut < 0 ? answers : answers.slice(0, cut + 1)) {
        if (part) bytes.set(part, at - from)
        at += part?.length ?? 0
      }
      if (cut >= 0) break
    }
    return bytes.slice(0, at - from)
  }

  #question(question: Question): Promise<Part> {
    return new Promise(give => {
      this.#open.push({ question, give })
      setTimeout(give, ANSWER_MS, undefined)
      this.send(question)
    })
  }
}

/** What is asked for at a time. */
function questionsFrom(from: number, to: number): Question[] {
  const questions: Question[] = []
  for (let offset = from; offset < to && questions.length < MOST_MANIFEST_QUESTIONS; ) {
    const length = Math.min(to - offset, MOST_MANIFEST_BYTES)
    questions.push({ type: 'ask-manifest', offset, length })
    offset += length
  }
  return questions
}
