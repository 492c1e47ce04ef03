import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NodeAPI } from 'node-red'

/** The content security policy: a page loads only its own files, and talks only to the server it came from. */
const policy = (host = '') =>
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        // For Safari before 15.4, 'self' does not include WebSockets.
        `connect-src 'self'${isHost.test(host) ? ` ws://${host} wss://${host}` : ''}`,
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    ].join('; ')

/** The Host header comes from outside: only a host and a port may get into the policy. */
const isHost = /^[\w.:[\]-]{1,255}$/

const types = new Map([
    ['index.html', 'text/html; charset=utf-8'],
    ['main.js', 'text/javascript; charset=utf-8'],
    ['main.css', 'text/css; charset=utf-8'],
])

interface Asset {
    body: Buffer
    etag: string
}

type Next = (error?: unknown) => void
type Handler = (req: IncomingMessage, res: ServerResponse, next: Next) => void

/** Tests run the sources, and take the pages from the build all the same. */
const folder = new URL(import.meta.url.endsWith('.ts') ? '../../dist/web/' : '../../web/', import.meta.url)

/** Serves the page `dist/web/<page>/` at `<httpNodeRoot>/socketworks/<page>/`, behind Node-RED's `httpNodeAuth` and `httpNodeMiddleware`. */
export function servePage(RED: NodeAPI, page: string): void {
    const app = RED.httpNode as unknown as { use(path: string, ...handlers: Handler[]): void } | undefined
    // Without httpNodeRoot, Node-RED serves nothing but its editor.
    if (typeof app?.use !== 'function') return
    const { httpNodeMiddleware = [] } = RED.settings as unknown as { httpNodeMiddleware?: Handler | Handler[] }
    app.use(`/socketworks/${page}`, ...[httpNodeMiddleware].flat(), serve(page))
}

function serve(page: string): Handler {
    const assets = new Map<string, Promise<Asset>>()
    return (req, res, next) => {
        const [path = '', query] = (req.url ?? '').split('?')
        const [full = ''] = (req as { originalUrl?: string }).originalUrl?.split('?') ?? []
        const name = path.slice(1) || 'index.html'
        const type = types.get(name)
        if (!type || (req.method !== 'GET' && req.method !== 'HEAD')) next()
        // The page names its files relative to its folder.
        else if (full.endsWith(`/${page}`)) res.writeHead(302, { location: `${page}/${query ? `?${query}` : ''}` }).end()
        else {
            const asset = assets.get(name) ?? load(`${page}/${name}`)
            assets.set(name, asset)
            asset
                .then((found) => send(req, res, type, found))
                .catch((error: unknown) => {
                    assets.delete(name)
                    next(error)
                })
        }
    }
}

async function load(file: string): Promise<Asset> {
    const body = await readFile(new URL(file, folder))
    return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"` }
}

function send(req: IncomingMessage, res: ServerResponse, type: string, { body, etag }: Asset): void {
    res.setHeader('etag', etag)
    res.setHeader('cache-control', 'no-cache')
    res.setHeader('content-security-policy', policy(req.headers.host))
    res.setHeader('x-content-type-options', 'nosniff')
    res.setHeader('referrer-policy', 'no-referrer')
    if (req.headers['if-none-match'] === etag) {
        res.writeHead(304).end()
        return
    }
    res.writeHead(200, { 'content-type': type, 'content-length': body.length })
    res.end(req.method === 'HEAD' ? undefined : body)
}
