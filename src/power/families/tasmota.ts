import type { FamilyKind } from './family.ts'
import { Tasmota } from './tasmota/tasmota.ts'

/** What a socket's settings say of a plug that runs Tasmota. */
interface TasmotaSettings {
    topic: string
    /** With `%prefix%`, and `%topic%`, `%id%` or `%hostname%`. */
    fullTopic: string
    /** From 1. */
    relay: number
    plugId: string
    hostname: string
    commandPrefix: string
    answerPrefix: string
    reportPrefix: string
    /** With commas between. */
    groupTopics: string
}

export const tasmota: FamilyKind<TasmotaSettings> = {
    faultIn({ fullTopic, plugId, hostname, commandPrefix, answerPrefix, reportPrefix }) {
        if (plugId === '' && fullTopic.includes('%id%')) return 'plugId: must be set, as FullTopic has %id%'
        if (hostname === '' && fullTopic.includes('%hostname%')) return 'hostname: must be set, as FullTopic has %hostname%'
        const isShared = commandPrefix === answerPrefix || commandPrefix === reportPrefix
        return isShared ? 'commandPrefix: must differ from the other prefixes' : undefined
    },
    open({ topic, fullTopic, relay, plugId, hostname, commandPrefix, answerPrefix, reportPrefix, groupTopics }) {
        const prefixes = [commandPrefix, answerPrefix, reportPrefix] as const
        const groups = groupTopics.split(',').flatMap((group) => group.trim() || [])
        return new Tasmota({ topic, fullTopic, relay, prefixes, id: plugId, hostname, groups })
    },
}
