import * as v from 'valibot'
import { checkBody, type HostGuard } from '../http/index.ts'
import { type Fault, messageOf } from '../lib/index.ts'
import { nameFault } from './package-name.ts'

/** What packages have to keep to. */
export interface PackageRules {
    /** Whether a URL's host may be named. */
    allows(url: URL): boolean
    /** Says which hosts never may. */
    guard: Pick<HostGuard, 'refusesUrl'>
    /** Bytes of the file that `path` leads to, at the most. */
    mostBytes: number
}

/** Characters of a name, of a path that is no URL, of a URL, and of a package as JSON. */
const LONGEST = { name: 200, path: 1024, url: 2048, package: 65_536 }

/** Whether the path of a package is a URL; else it means something to robots only. */
export const isUrl = (path: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(path)

const required = (otherwise: string) => (issue: { received: string }) =>
    issue.received === 'undefined' || issue.received === 'null' ? 'is required' : otherwise

/** A check that says itself what is wrong. */
const check = <T>(faultOf: (value: T) => string | undefined) =>
    v.rawCheck<T>(({ dataset, addIssue }) => {
        const message = dataset.typed ? faultOf(dataset.value) : undefined
        if (message !== undefined) addIssue({ message })
    })

/** A package as a trigger has it. What else it holds is for the robot, and is passed on as it is. */
const packageSchema = (rules: PackageRules) =>
    v.pipe(
        v.unknown(),
        // Before anything that recurses.
        check(bodyFault),
        v.looseObject(
            {
                package_name: v.pipe(v.string(required('must be text')), check(packageNameFault)),
                /** A URL, or a place that robots know. */
                path: v.pipe(
                    v.string(required('must be text')),
                    check((path: string) => (isUrl(path) ? urlFault(path, rules) : pathFault(path))),
                ),
                /** SHA-256 of the file, in hexadecimal digits. */
                hash: v.optional(
                    v.pipe(
                        v.string('must be text'),
                        v.regex(/^[0-9a-f]{64}$/i, 'must be a SHA-256: 64 hexadecimal digits'),
                        v.toLowerCase(),
                    ),
                ),
                /** Bytes of the file. */
                size: v.optional(
                    v.pipe(
                        v.number('must be a number'),
                        v.integer('must be a whole number'),
                        v.minValue(0, 'must be at least 0'),
                        v.maxValue(rules.mostBytes, `must be at most ${rules.mostBytes}`),
                    ),
                ),
            },
            required('must be an object'),
        ),
    )

export type JobPackage = v.InferOutput<ReturnType<typeof packageSchema>>

/** All that is wrong with a package, in the order of its properties; nothing if it is one. */
export function packageFaults(value: unknown, rules: PackageRules): Fault[] {
    const { issues = [] } = v.safeParse(v.object({ Package: packageSchema(rules) }, required('must be an object')), { Package: value })
    return issues.map((issue) => ({ path: v.getDotPath(issue) ?? 'Package', message: issue.message }))
}

function bodyFault(value: unknown): string | undefined {
    try {
        checkBody(value)
        const { length } = JSON.stringify(value) ?? ''
        return length > LONGEST.package ? `must not be longer than ${LONGEST.package} characters of JSON` : undefined
    } catch (error) {
        return `cannot be taken: ${messageOf(error)}`
    }
}

const packageNameFault = (name: string): string | undefined =>
    name.length > LONGEST.name ? `must be at most ${LONGEST.name} characters long` : nameFault(name)

function pathFault(path: string): string | undefined {
    if (path.length > LONGEST.path) return `must be at most ${LONGEST.path} characters long`
    if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'must not be absolute: a URL, or a path that robots know'
    if (path.split('/').some((part) => part === '..' || part === '.')) return 'must not go up: no part of it may be . or ..'
    return path.split('/').map(nameFault).find(Boolean)
}

function urlFault(path: string, { allows, guard }: PackageRules): string | undefined {
    if (path.length > LONGEST.url) return `must be at most ${LONGEST.url} characters long`
    // What reads a URL leaves out blanks and takes a backslash for a slash: others may read another URL.
    if (/[\s\\\p{Cc}\p{Cf}\p{Cs}]/u.test(path) || !URL.canParse(path)) return 'must be a URL, without blanks and backslashes'
    const url = new URL(path)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must be an http or https URL, or a path that robots know'
    if (url.username || url.password) return 'must not hold a user or password'
    return allows(url) && !guard.refusesUrl(url) ? undefined : 'is not allowed to name that host'
}
