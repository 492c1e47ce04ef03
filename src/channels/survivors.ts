import { classOf, type Draft } from './channel.ts'

/** What is kept of messages that come together: of those of a `data` channel with the same key only the last. */
export function survivors(batch: readonly Draft[]): (Draft & { index: number })[] {
    const latest = new Map<string, number>()
    const keyOf = ({ channel, key }: Draft) => (classOf(channel) === 'data' ? `${channel}\n${key}` : undefined)
    batch.forEach((one, index) => {
        const key = keyOf(one)
        if (key !== undefined) latest.set(key, index)
    })
    return batch.flatMap(({ channel, key, at, data }, index) => {
        const name = keyOf({ channel, key, at, data })
        return name === undefined || latest.get(name) === index ? [{ channel, key, at, data, index }] : []
    })
}
