import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { load } from 'js-yaml'
import { text } from './pack.ts'

/** docs/openapi.yaml, and whether what the smart-socket service says is what it describes. */
export const api: any = load(text('docs/openapi.yaml'))

/** Ends a settings file so that the service puts the code of a refusal into a header: an answer itself does not have it. */
export const showCodes = `
require.main.require('@node-red/util').hooks.add('onReceive.refusalCode', ({ msg, destination: { node } }) => {
    const code = node?.type === 'http response' && msg.refusal?.code
    const response = msg.res?._res
    if (code && response && !response.headersSent) response.set('x-refusal-code', code)
})`

/** What answers mean that no node has refused, by their status. */
const codesOfOthers: Record<number, string> = { 500: 'FAILED', 503: 'NODE_RESTARTING' }

/** What Node.js, Express and, for pages of other servers, Node-RED put on any answer. */
const usual =
    /^(connection|content-length|content-security-policy|content-type|date|etag|keep-alive|transfer-encoding|vary|x-content-type-options|x-refusal-code|access-control-.*)$/

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, validateFormats: false })
// Schemas refer to those of the document, which are put beside each.
ajv.addVocabulary(['components'])
const compiled = new WeakMap<object, ValidateFunction>()

export function validator(schema: object): ValidateFunction {
    const validate = compiled.get(schema) ?? ajv.compile({ ...schema, components: api.components })
    compiled.set(schema, validate)
    return validate
}

function conforms(schema: object, value: unknown, what: string): void {
    const validate = validator(schema)
    if (validate(value)) return
    assert.fail(`${what} is not as docs/openapi.yaml has it: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value).slice(0, 500)}`)
}

/** What a reference refers to, or what is there itself. */
const resolved = (value: any): any =>
    typeof value?.$ref === 'string'
        ? resolved(
              value.$ref
                  .split('/')
                  .slice(1)
                  .reduce((from: any, part: string) => from[part], api),
          )
        : value

export interface Operation {
    id: string
    method: string
    path: string
    parameters: any[]
    responses: Record<string, any>
    body: any
    callback: any
}

const methods = ['get', 'put', 'post', 'delete']

export const operations: readonly Operation[] = Object.entries<any>(api.paths).flatMap(([path, item]) =>
    methods
        .filter((method) => item[method])
        .map((method) => {
            const { operationId: id, parameters = [], responses, requestBody, callbacks } = item[method]
            return {
                id,
                method: method.toUpperCase(),
                path,
                parameters: [...(item.parameters ?? []), ...parameters].map(resolved),
                responses: Object.fromEntries(Object.entries(responses).map(([status, response]) => [status, resolved(response)])),
                body: requestBody?.content['application/json'].schema,
                callback: callbacks && Object.values<any>(callbacks.finished)[0].put.requestBody.content['application/json'].schema,
            }
        }),
)

/** Everything that was seen, as {@link documented} names it. */
export const seen = new Set<string>()

/** Every answer there may be: operation, status and code, or media type where there are no codes; callbacks; events. */
export function documented(): string[] {
    const answers = operations.flatMap(({ id, responses, callback }) => [
        ...Object.entries(responses).flatMap(([status, { content }]) => casesOf(content).map((name) => `${id} ${status} ${name}`)),
        ...(callback ? [`${id} callback`] : []),
    ])
    const events = api.components.schemas.Event.oneOf.flatMap(({ properties: { event } }: any) => event.enum ?? event.const ?? [])
    return [...answers, ...events.map((event: string) => `event ${event}`)].sort()
}

const casesOf = (content: Record<string, any>): string[] =>
    Object.entries(content).flatMap(([type, { examples }]) => (examples ? Object.keys(examples) : [type]))

export interface Exchange {
    method: string
    /** With the query, below where the service is. */
    path: string
    sent?: unknown
    status: number
    headers: Headers
    body: unknown
}

/** @throws an AssertionError if an answer is not one that the document describes for that request */
export function checkExchange(exchange: Exchange): void {
    const { method, path, status, headers } = exchange
    const { pathname, searchParams } = new URL(path, 'http://localhost')
    const what = `${method} ${path.slice(0, 200)}: ${status}`
    const operation = operations.find((one) => one.method === method && matches(one.path, pathname))
    assert.ok(operation, `${what}: docs/openapi.yaml has no ${method} ${pathname}`)
    // While the flow is being deployed it is not there, and Express says so.
    if (status === 404 && String(exchange.body).includes('<pre>Cannot ')) return
    const response = operation.responses[status]
    assert.ok(response, `${what}: docs/openapi.yaml does not have this status: ${String(JSON.stringify(exchange.body)).slice(0, 300)}`)
    const type = headers.get('content-type')?.split(';')[0] ?? ''
    const content = response.content[type]
    assert.ok(content, `${what}: docs/openapi.yaml does not have the media type ${type}`)
    if (type !== 'text/event-stream') conforms(content.schema, exchange.body, what)
    checkHeaders(response, headers, what)
    if (status < 300) checkRequest(operation, searchParams, exchange.sent, what)
    const code = content.examples ? (headers.get('x-refusal-code') ?? codesOfOthers[status]) : type
    if (content.examples && code) assert.ok(content.examples[code], `${what}: docs/openapi.yaml does not have the code ${code}`)
    seen.add(`${operation.id} ${status} ${code}`)
}

const matches = (template: string, path: string): boolean =>
    new RegExp(`^/api${template.replace(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}/?$`).test(path)

function checkHeaders({ headers = {} }: any, given: Headers, what: string): void {
    const names = new Map(Object.entries(headers).map(([name, header]) => [name.toLowerCase(), resolved(header)]))
    // Whoever asked for a callback chose the name of the header.
    const spelt = (name: string) => (name.endsWith('-callback') ? 'cpee-callback' : name)
    for (const [name, value] of given) {
        if (usual.test(name)) continue
        const header = names.get(spelt(name))
        assert.ok(header, `${what}: docs/openapi.yaml does not have the header ${name}`)
        conforms(header.schema, value, `${what}: header ${name}`)
    }
    for (const [name, { required }] of names) assert.ok(!required || given.has(name), `${what}: the header ${name} is missing`)
}

/** What was taken must be what the document lets one send. */
function checkRequest({ parameters, body }: Operation, query: URLSearchParams, sent: unknown, what: string): void {
    for (const [name, value] of query) {
        const parameter = parameters.find((one) => one.in === 'query' && one.name === name)
        assert.ok(parameter, `${what}: docs/openapi.yaml does not have the parameter ${name}`)
        const { schema } = parameter
        if (value !== '' && !validator(schema)(value)) conforms(schema, Number(value), `${what}: parameter ${name}`)
    }
    if (body && typeof sent === 'object') conforms(body, sent, `${what}: body`)
}

/** @throws an AssertionError if no operation calls back with such a body */
export function checkCallback(body: unknown): void {
    const calling = operations.filter(({ callback }) => callback && validator(callback)(body))
    assert.ok(calling.length > 0, `docs/openapi.yaml has no callback with ${JSON.stringify(body).slice(0, 500)}`)
    for (const { id } of calling) seen.add(`${id} callback`)
}

/** @throws an AssertionError if it is no event that the document describes */
export function checkEvent(event: { id: string; event: string; data: unknown }): void {
    conforms(api.components.schemas.Event, event, `event ${event.event}`)
    seen.add(`event ${event.event}`)
}
