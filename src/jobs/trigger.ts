import { Faults, isMissing, jsonText, objectOf } from '../lib/index.ts'
import type { JobOrder } from './job.ts'
import { type JobPackage, type PackageRules, packageFaults } from './package.ts'
import { type JobPolicy, readPolicy } from './policy.ts'
import { readSchedule, type ScheduleDefaults } from './schedule.ts'

/** What counts where a trigger does not say it itself. */
export interface JobDefaults extends ScheduleDefaults {
    policy?: Partial<JobPolicy> | undefined
}

/** Characters of JSON. */
const LONGEST_PAYLOAD = 65_536
/** Characters of a name, or of the address of a robot. */
const LONGEST_NAME = 256

/**
 * Reads the trigger of a job for a robot: `{Package: {package_name, path}, Robot: {robot_name, robot_address}, Schedule, Policy?}`.
 * @param rules what packages have to keep to
 * @param now milliseconds since 1970
 * @throws {@link Refusal} 422 `BAD_INPUT` with all that is wrong, as `errors`
 */
export function readTrigger(given: unknown, rules: PackageRules, defaults: JobDefaults, now: number): JobOrder {
    const faults = new Faults()
    const fields = objectOf('trigger', given, faults) ?? {}
    faults.check()
    faults.addAll(packageFaults(fields.Package, rules))
    const robot = objectOf('Robot', fields.Robot, faults)
    if (robot) {
        addFault(faults, 'Robot.robot_name', faultOfText(robot.robot_name))
        addFault(faults, 'Robot.robot_address', faultOfText(robot.robot_address))
    }
    const more = readRest(fields, defaults, now, faults)
    const { robot_address: target, robot_name: targetName } = robot as Record<string, string>
    return { target: target!, targetName: targetName!, name: (fields.Package as JobPackage).package_name, payload: fields.Package, ...more }
}

/**
 * Reads what any flow gives to have a message sent at a time: `{payload, Schedule, name?, target?, Policy?}`.
 * @param now milliseconds since 1970
 * @throws {@link Refusal} 422 `BAD_INPUT` with all that is wrong, as `errors`
 */
export function readMessage(given: unknown, defaults: JobDefaults, now: number): JobOrder {
    const faults = new Faults()
    const fields = objectOf('message', given, faults) ?? {}
    faults.check()
    const payload = readPayload('payload', fields.payload, faults)
    const name = isMissing(fields.name) ? '' : fields.name
    if (name !== '') addFault(faults, 'name', faultOfText(name))
    const target = isMissing(fields.target) ? '' : fields.target
    if (target !== '') addFault(faults, 'target', faultOfText(target))
    const more = readRest(fields, defaults, now, faults)
    return { target: target as string, targetName: target as string, name: name as string, payload, ...more }
}

/** Reads what triggers and messages have in common. @throws {@link Refusal} 422 `BAD_INPUT` if anything is wrong with any of it */
function readRest(fields: Record<string, unknown>, defaults: JobDefaults, now: number, faults: Faults) {
    const planned = readSchedule('Schedule', fields.Schedule, defaults, now, faults)
    const policy = readPolicy('Policy', fields.Policy, defaults.policy ?? {}, faults)
    faults.check()
    return { ...planned!, policy }
}

function readPayload(path: string, given: unknown, faults: Faults): unknown {
    const text = faults.read(path, () => jsonText(path, given))
    if (text !== undefined && text.length > LONGEST_PAYLOAD) faults.add(path, `must have at most ${LONGEST_PAYLOAD} characters as JSON`)
    return given
}

function addFault(faults: Faults, path: string, fault: string | undefined): void {
    if (fault !== undefined) faults.add(path, fault)
}

/** What is wrong with something that is only shown and compared; undefined if nothing is. */
function faultOfText(text: unknown): string | undefined {
    if (isMissing(text)) return 'is required'
    if (typeof text !== 'string') return 'must be text'
    if (text.length > LONGEST_NAME) return `must have at most ${LONGEST_NAME} characters`
    if (text.trim() === '') return 'must not be blank'
    // Those that separate lines count, too: they would make two lines of one in a log.
    return /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) ? 'must have no control characters' : undefined
}
