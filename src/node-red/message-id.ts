import { randomBytes } from 'node:crypto'

const process = randomBytes(4).toString('hex')
let count = 0

/** An id for a message, of the same form as Node-RED's own, which are put together of single random bytes and take ten times as long. */
export const messageId = (): string => process + (count++ % 0x1_0000_0000).toString(16).padStart(8, '0')
