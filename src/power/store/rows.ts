import type { RunEnergy } from '../../energy/index.ts'
import { type Kysely, preparedRow, whole } from '../../store/index.ts'
import type { InstanceRow, SocketRow } from '../repository.ts'
import type { NewRow, PowerTables, Row } from './tables.ts'

export const insertInstance = preparedRow((db: Kysely<PowerTables>, row: NewRow<'instances'>) => db.insertInto('instances').values(row))

export const putSocket = (db: Kysely<PowerTables>, { id, name, offDue, isOnUnproven = false, haltedAt }: SocketRow): Promise<void> =>
    putSocketRow(db, { id, name, owned: Number(offDue), is_on_unproven: Number(isOnUnproven), halted_at: haltedAt })

const putSocketRow = preparedRow((db: Kysely<PowerTables>, row: NewRow<'sockets'>) =>
    db
        .insertInto('sockets')
        .values(row)
        .onConflict((conflict) =>
            conflict.column('id').doUpdateSet((is) => ({
                name: is.ref('excluded.name'),
                owned: is.ref('excluded.owned'),
                is_on_unproven: is.ref('excluded.is_on_unproven'),
                halted_at: is.ref('excluded.halted_at'),
            })),
        ),
)

export const fromInstance = (instance: InstanceRow): NewRow<'instances'> => ({
    id: instance.id,
    socket: instance.socket,
    started_at: instance.startedAt,
    stopped_at: instance.stoppedAt,
    timeout: whole(instance.timeout),
    sampled_from: instance.sampledFrom,
    power_on_at: instance.powerOnAt,
    power_off_at: instance.powerOffAt,
    is_emergency_stopped: Number(instance.isEmergencyStopped),
    is_manually_stopped: Number(instance.isManuallyStopped),
    owner: instance.owner ?? null,
    stop_reason: instance.stopReason ?? null,
    ...fromRun(instance.energy),
    max_power: instance.maxPower ?? null,
})

export const fromRun = (run: RunEnergy | undefined) => ({
    weight: run?.weight ?? null,
    energy: run?.energy ?? null,
    cost: run?.cost ?? null,
    per_weight: run?.perWeight ?? null,
    cost_per_weight: run?.costPerWeight ?? null,
    since: run?.since ?? null,
    ran: run?.ran ?? null,
    quality: run?.quality ?? null,
})

function toRun(row: Row<'instances'>): RunEnergy | undefined {
    const { weight, energy, cost, per_weight: perWeight, cost_per_weight: costPerWeight, since, ran, quality } = row
    if (weight === null || energy === null || perWeight === null || costPerWeight === null || since === null) return undefined
    return { weight, energy, cost, perWeight, costPerWeight, since, ran, quality }
}

export function toInstance(row: Row<'instances'>): InstanceRow {
    const energy = toRun(row)
    return {
        id: row.id,
        socket: row.socket,
        startedAt: row.started_at,
        stoppedAt: row.stopped_at,
        timeout: row.timeout,
        sampledFrom: row.sampled_from,
        powerOnAt: row.power_on_at,
        powerOffAt: row.power_off_at,
        isEmergencyStopped: row.is_emergency_stopped === 1,
        isManuallyStopped: row.is_manually_stopped === 1,
        ...(row.owner !== null && { owner: row.owner }),
        ...(row.stop_reason && { stopReason: row.stop_reason }),
        ...(energy && { energy }),
        ...(row.max_power !== null && { maxPower: row.max_power }),
    }
}
