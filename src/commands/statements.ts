import { preparedRow, statement } from '../store/index.ts'
import type { CommandRow, CommandTables } from './tables.ts'

// What each command needs: building these anew would cost more than running them.

export const commandById = statement<CommandTables, [id: string, endpoint: string], CommandRow>((db, id, endpoint) =>
    db.selectFrom('commands').selectAll().where('id', '=', id).where('endpoint', '=', endpoint),
)

export const knownDevice = statement<CommandTables, [endpoint: string, account: string, device: string], { device: string }>(
    (db, endpoint, account, device) =>
        db
            .selectFrom('command_devices')
            .select('device')
            .where('endpoint', '=', endpoint)
            .where('account', '=', account)
            .where('device', '=', device),
)

type OpenRow = Pick<CommandRow, 'id' | 'sent_at' | 'collapse_key'>

/** The commands for a device that are under way. */
export const openCommands = statement<CommandTables, [endpoint: string, account: string, device: string], OpenRow>(
    (db, endpoint, account, device) =>
        db
            .selectFrom('commands')
            .select(['id', 'sent_at', 'collapse_key'])
            .where('endpoint', '=', endpoint)
            .where('account', '=', account)
            .where('device', '=', device)
            .where('outcome', 'is', null),
)

export const putCommand = preparedRow<CommandTables, CommandRow>((db, row) => db.insertInto('commands').values(row))

type EndingValues = [outcome: string, cause: string | null, reason: string | null, value: string | null, endedAt: number]

/** Ends a command that has not ended yet, and is for that device. */
export const endCommandOf = statement<CommandTables, [...EndingValues, id: string, account: string, device: string], CommandRow>(
    (db, outcome, cause, reason, value, endedAt, id, account, device) =>
        db
            .updateTable('commands')
            .set({ outcome, cause, reason, value, ended_at: endedAt })
            .where('id', '=', id)
            .where('outcome', 'is', null)
            .where('account', '=', account)
            .where('device', '=', device)
            .returningAll(),
)

/** Ends a command that has not ended yet. */
export const endCommand = statement<CommandTables, [...EndingValues, id: string], CommandRow>(
    (db, outcome, cause, reason, value, endedAt, id) =>
        db
            .updateTable('commands')
            .set({ outcome, cause, reason, value, ended_at: endedAt })
            .where('id', '=', id)
            .where('outcome', 'is', null)
            .returningAll(),
)
