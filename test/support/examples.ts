import { request } from 'node:http'
import { list } from './pack.ts'
import { example } from './service.ts'

/** The names of all examples. */
export const exampleNames: readonly string[] = list('examples').map((file) => file.replace(/\.json$/, ''))

const all = await Promise.all(exampleNames.map(example))
const nodes = all.flat() as Record<string, string>[]

/** Every example in one set of flows: those nodes that several have are there once. */
export const flowsOfAll: object[] = [...new Map(nodes.map((node) => [node.id, node])).values()]

export interface HttpEndpoint {
    method: string
    path: string
}

/** Node-RED's editor, at the root here, answers it itself; the brewery has the same at `/collections/settings`. */
const ofEditor = 'GET /settings'

/** What examples answer over HTTP. For each parameter of a path there is a text that names nothing. */
export const httpEndpoints: readonly HttpEndpoint[] = nodes
    .filter(({ type }) => type === 'http in')
    .map(({ method, url }) => ({ method: method!.toUpperCase(), path: url!.replace(/:\w+\??/g, 'unknown') }))
    .filter(({ method, path }) => `${method} ${path}` !== ofEditor)

/** Where WebSockets connect to examples. */
export const wsEndpoints = nodes
    .filter(({ type }) => type === 'socketworks-device-ws-endpoint')
    .map(({ path, protocol, auth }) => ({
        path: path!,
        protocols: protocol === 'oisp' ? ['echo-protocol'] : [],
        /** Whether peers have to show a token, whatever the environment says. */
        asksForToken: auth === 'token' || auth === 'jwt',
    }))

/** Sends a request as no browser does: with any header, such as `Host`, and with a body whatever the method is. */
export function rawRequest(
    { port, method, path }: HttpEndpoint & { port: number },
    headers: Record<string, string> = {},
    body = '',
): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
        const sized = body === '' ? headers : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers }
        request({ port, host: '127.0.0.1', method, path, headers: sized }, (response) => {
            // Live events have no end.
            if (response.headers['content-type']?.startsWith('text/event-stream')) response.destroy()
            let text = ''
            response.setEncoding('utf8').on('data', (data: string) => {
                text += data
            })
            response.on('close', () => resolve({ status: response.statusCode ?? 0, text }))
        })
            .on('error', reject)
            .end(body)
    })
}
