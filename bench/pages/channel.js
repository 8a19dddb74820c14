/** The bare transport: one `RTCDataChannel` a pair, with as much in its buffer as it carries best. */

const MESSAGE_BYTES = 65_536
const MAX_BUFFERED_BYTES = 262_144

const connections = []
let channel

const gathered = connection =>
  connection.iceGatheringState === 'complete'
    ? Promise.resolve()
    : new Promise(resolve => {
        connection.onicegatheringstatechange = () =>
          connection.iceGatheringState === 'complete' && resolve()
      })

async function described(connection, description) {
  await connection.setLocalDescription(description)
  await gathered(connection)
  return connection.localDescription.toJSON()
}

const opened = channel =>
  channel.readyState === 'open'
    ? Promise.resolve()
    : new Promise(resolve => {
        channel.onopen = resolve
      })

/** The sender's part: gives what it is asked for, as fast as the channel takes it. */
function give(bytes) {
  const message = new Uint8Array(MESSAGE_BYTES)
  let left = bytes
  const fill = () => {
    while (left > 0 && channel.bufferedAmount < MAX_BUFFERED_BYTES) {
      channel.send(message)
      left -= MESSAGE_BYTES
    }
  }
  channel.onbufferedamountlow = fill
  fill()
}

/** Channels of the receiver, in the order in which they were offered. */
const receiving = []

window.contender = {
  /** The sender's part: offers a connection. */
  async offer() {
    const connection = new RTCPeerConnection()
    connections.push(connection)
    channel = connection.createDataChannel('bench')
    channel.binaryType = 'arraybuffer'
    channel.bufferedAmountLowThreshold = MAX_BUFFERED_BYTES / 2
    channel.onmessage = ({ data }) => give(Number(data))
    return described(connection, await connection.createOffer())
  },

  /** The receiver's part: takes an offer. */
  async answer(offer) {
    const connection = new RTCPeerConnection()
    connections.push(connection)
    connection.ondatachannel = ({ channel }) => {
      channel.binaryType = 'arraybuffer'
      receiving.push(channel)
    }
    await connection.setRemoteDescription(offer)
    return described(connection, await connection.createAnswer())
  },

  async connect(answer) {
    await connections[0].setRemoteDescription(answer)
    await opened(channel)
  },

  /** Asks all senders for equal parts of so many bytes, and takes them. */
  async receive(bytes, count) {
    while (receiving.length < count) await new Promise(resolve => setTimeout(resolve, 10))
    await Promise.all(receiving.map(opened))
    const from = receiving.map(() => 0)
    const startedAtMs = performance.now()
    await new Promise(resolve => {
      let left = bytes
      for (const [index, channel] of receiving.entries()) {
        channel.onmessage = ({ data }) => {
          from[index] += data.byteLength
          left -= data.byteLength
          if (left <= 0) resolve()
        }
        channel.send(String(bytes / count))
      }
    })
    return { bytes, ms: performance.now() - startedAtMs, fromPeers: from }
  },
}
