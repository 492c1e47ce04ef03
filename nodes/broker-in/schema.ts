import { checked, requiredNode, settings, text } from '../../src/node-red/fields.ts'

export const BrokerInConfig = settings({
    name: text(),
    broker: requiredNode('socketworks-broker-config'),
    /** A topic filter: `+` stands for one level, `#` for all that follow. */
    topic: checked(text(), isFilter, 'must be a topic; + stands for one level, # at the end for all that follow'),
})

function isFilter(filter: string): boolean {
    const isLevel = (level: string, i: number, all: string[]) =>
        level === '+' || (level === '#' && i === all.length - 1) || !/[+#\0]/.test(level)
    return filter !== '' && filter.split('/').every(isLevel)
}
