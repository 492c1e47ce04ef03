import { fourDigits, frame, info, withoutHealth } from '../peers/index.ts'
import type { ViewFormat } from './format.ts'
import type { ViewEvent } from './view-event.ts'

/** The frames of a view for SMART-OS pages: all rows as `INIT`, and changes as `UPDT`. */
export const smartOs: ViewFormat = {
    whole: true,
    frames(event) {
        if (event.kind === 'snapshot') return event.recovered ? [] : table(event)
        if (event.kind !== 'upsert') return []
        const patch = JSON.stringify(withoutHealth(event.patch))
        return patch === '{}' ? [] : [frame('UPDT', `${fourDigits(event.seq)}:${event.id}:${patch}`)]
    },
}

/** All rows, and a notice if there are more. */
function table({ rows, total }: Extract<ViewEvent, { kind: 'snapshot' }>): string[] {
    const all = rows.map(({ id, columns }) => ({ serial_number: id, ...withoutHealth(columns) }))
    const isWhole = rows.length === total
    return [frame('INIT', all), ...(isWhole ? [] : [info(`${rows.length} of ${total} devices are shown: filters find the others`)])]
}
