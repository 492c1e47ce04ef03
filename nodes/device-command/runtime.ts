import type { IncomingMessage } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import type { NodeAPI, NodeMessage } from 'node-red'
import {
    accountsOf,
    type Command,
    checkAllowed,
    checkCommand,
    isCallers,
    type Order,
    readParams,
    refusalOf,
    viewOf,
} from '../../src/commands/index.ts'
import { badInput, identifier, moment, nonNegative, optional, Refusal, systemClock, wholeNumber } from '../../src/lib/index.ts'
import {
    answer,
    configNode,
    defineNode,
    type Handlers,
    input,
    liveStatus,
    nameOf,
    onRequestOver,
    passOn,
    type Send,
    type Setup,
    type StatusSource,
    status,
} from '../../src/node-red/index.ts'
import type { EndpointNode } from '../device-ws-endpoint/client.ts'
import { behindStore, type StoreNode } from '../store-config/client.ts'
import { DeviceCommandConfig } from './schema.ts'

type Context = Setup<typeof DeviceCommandConfig, never>
type Commands = ReturnType<EndpointNode['commands']>

/** Seconds that a message may wait at the most. */
const LONGEST_WAIT = 3600
/** Commands of a list: unless told otherwise, and at the most. */
const [USUAL, MOST] = [100, 1000]

const setup = (context: Context): Handlers => {
    const { RED, node, config, closed } = context
    const endpoint = configNode<EndpointNode>(RED, config.endpoint)
    checkTokens(config, endpoint)
    const { store } = configNode<StoreNode>(RED, config.store)
    const commands = endpoint.commands(store)
    const ended = (command: Command) => node.send([null, null, { topic: command.device, payload: viewOf(command) }] as never)
    commands.attach(node.id, ended, closed)
    const isOfDevices = config.operation === 'devices' || config.operation === 'check'
    liveStatus(node, closed, isOfDevices ? endpoint.statusSource : behindStore(store, statusOf(RED, commands)))
    const operations = operationsOf(context, commands)
    return {
        changesState: config.operation === 'send' || config.operation === 'withdraw',
        async input(msg, send) {
            await operations[config.operation](msg, send, await callerOf(context, endpoint, commands, msg))
        },
        close: () => commands.settled(),
    }
}

/** How many commands are under way; it is asked with each command, so that the text is made only for another number. */
function statusOf(RED: NodeAPI, commands: Commands): StatusSource {
    let shown = { size: 0, status: status.idle('status.none') }
    return {
        look() {
            const { size } = commands
            if (size === shown.size) return shown.status
            shown = { size, status: size === 0 ? status.idle('status.none') : status.running(RED._('status.underWay', { count: size })) }
            return shown.status
        },
        onChange: (changed, signal) => commands.onSize(changed, signal),
    }
}

/** @throws {@link Refusal} 503 `NOT_SET_UP` if callers are to have tokens that nobody can check */
function checkTokens({ callers }: Context['config'], { auth, name, id }: EndpointNode): void {
    if (callers === 'anyone' || auth === 'jwt') return
    const wanted = 'set its authentication to that, or the callers to everybody'
    throw new Refusal(503, 'NOT_SET_UP', `${name || id} does not check JSON Web Tokens, which callers need: ${wanted}`)
}

function operationsOf(context: Context, commands: Commands) {
    const { config } = context
    const get = (key: string, msg: NodeMessage) => input(context.RED, context.node, config, key, msg)
    const text = async (key: string, msg: NodeMessage) => optional(await get(key, msg), (given) => identifier(nameOf(config, key), given))

    /** A command that the caller may know of. */
    async function known(msg: NodeMessage, { account }: Caller): Promise<Command> {
        const id = identifier(nameOf(config, 'commandId'), await get('commandId', msg))
        const command = await commands.get(id)
        if (!command || (account !== undefined && command.account !== account)) throw unknownCommand(id)
        return command
    }

    return {
        async send(msg: NodeMessage, send: Send, caller: Caller) {
            const wait = optional(await get('wait', msg), (given) => nonNegative(nameOf(config, 'wait'), given, LONGEST_WAIT)) ?? 0
            const order = await orderOf(context, msg, caller)
            checkAim(caller, order)
            if (!(await commands.isKnown(order))) throw unknownDevice(order)
            const component = await commands.catalogue.get(order.account, order.component)
            if (component || config.listed) checkCommand(component, order.component, order.command, order.params)
            const given = await commands.send(order, config.depth)
            if (!isSame(given, order)) throw badInput(nameOf(config, 'idempotencyKey'), 'was used for another command')
            tell(msg, send, wait > 0 && !given.ending ? await waited(context, commands, { msg, id: given.id, wait }) : given)
        },
        async get(msg: NodeMessage, send: Send, caller: Caller) {
            send(answer(msg, { command: viewOf(await known(msg, caller)) }))
        },
        async list(msg: NodeMessage, send: Send, { account }: Caller) {
            const limit = optional(await get('limit', msg), (given) => wholeNumber(nameOf(config, 'limit'), given, 1, MOST)) ?? USUAL
            const all = await commands.list({ account, device: await text('device', msg), limit })
            send(answer(msg, { commands: all.map(viewOf) }))
        },
        async withdraw(msg: NodeMessage, send: Send, caller: Caller) {
            const before = await known(msg, caller)
            checkAim(caller, before)
            const { id } = before
            const isInTime = await commands.withdraw(id, caller.id)
            const command = viewOf(await known(msg, caller))
            if (!isInTime)
                throw new Refusal(409, 'COMMAND_LEFT', 'the command cannot be withdrawn: it was sent already, or has ended', { command })
            send(answer(msg, { command }))
        },
        devices(msg: NodeMessage, send: Send, { account }: Caller) {
            const mine = commands.devices.filter((device) => account === undefined || device.account === account)
            send(answer(msg, { devices: mine.map(({ account: accountId, device: deviceId }) => ({ accountId, deviceId })) }))
        },
        check(msg: NodeMessage, send: Send, { id, limits }: Caller) {
            // What the flow goes on to do is no command.
            if (limits !== undefined) throw new Refusal(403, 'FOREIGN_COMMAND', 'the token allows certain commands only')
            send(passOn(Object.assign(msg, { caller: id })))
        },
    }
}

/** What a message asks to be done. @throws {@link Refusal} 422 `BAD_INPUT` */
async function orderOf({ RED, node, config }: Context, msg: NodeMessage, { id, account }: Caller): Promise<Order> {
    const get = (key: string) => input(RED, node, config, key, msg)
    const name = (key: string) => nameOf(config, key)
    const text = async (key: string) => optional(await get(key), (given) => identifier(name(key), given))
    return {
        node: node.id,
        account: account ?? '',
        device: identifier(name('device'), await get('device')),
        component: (await text('component')) ?? '',
        command: identifier(name('command'), await get('command')),
        params: readParams(name('params'), await get('params')),
        caller: id ?? (await text('caller')) ?? '',
        origin: (await text('origin')) ?? '',
        notAfter: optional(await get('notAfter'), (given) => moment(name('notAfter'), given)) ?? systemClock.now() + config.ttl * 1000,
        timeout: config.timeout * 1000,
        resend: config.resend,
        keep: config.keep,
        idempotencyKey: (await text('idempotencyKey')) ?? null,
        collapseKey: (await text('collapseKey')) ?? null,
    }
}

/** Who wants something of an account. */
interface Caller {
    /** Undefined if nobody asks who it is. */
    id?: string
    /** Undefined for all, where that is allowed. */
    account: string | undefined
    /** What it may command, see {@link checkAllowed}. */
    limits?: unknown
}

/**
 * Who a message comes from: whoever has its JSON Web Token, which has to name the account and must not be a device's.
 * @throws {@link Refusal} 401 `UNAUTHORIZED`, 404 `NOT_FOUND` for an account that it does not name, whether it exists or not
 */
async function callerOf(
    context: Context,
    endpoint: EndpointNode,
    commands: Commands,
    msg: NodeMessage & { req?: IncomingMessage | null },
): Promise<Caller> {
    const { RED, node, config } = context
    const given = await input(RED, node, config, 'account', msg)
    const account = optional(given, (value) => identifier(nameOf(config, 'account'), value))
    if (config.callers === 'anyone') return { account }
    const token = await tokenOf(context, msg)
    const { identity } = await endpoint.check(token, { request: msg.req ?? undefined })
    const { id, claims = {} } = identity
    const own = accountsOf(claims, identity.account)
    const wanted = account ?? own[0]
    if (wanted === undefined || !own.includes(wanted)) throw new Refusal(404, 'NOT_FOUND', 'there is no such account')
    if (id === undefined || !isCallers(claims, wanted, config.callerRole)) throw notCallers()
    // The token of a device may not say that it is one. A device is known in the first account of its token, whichever of them is wanted.
    const devices = [...new Set([wanted, identity.account ?? wanted])].map((of) => ({ account: of, device: id }))
    const known = await Promise.all(devices.map((device) => commands.isKnown(device)))
    if (known.includes(true)) throw notCallers()
    return { id, account: wanted, limits: claims.commands }
}

const notCallers = () => new Refusal(401, 'UNAUTHORIZED', 'the token has to be that of a caller, and not of a device')

/** Whoever has the id of a device by its token is that device, whether or not it has ever connected. */
function checkAim({ id, limits }: Caller, aim: Pick<Order, 'device' | 'component' | 'command'>): void {
    if (id === aim.device) throw notCallers()
    checkAllowed(limits, aim)
}

/** @throws {@link Refusal} 401 `UNAUTHORIZED` if there is none */
async function tokenOf({ RED, node, config }: Context, msg: NodeMessage): Promise<string> {
    const given = await input(RED, node, config, 'token', msg)
    const isHeader = config.tokenType === 'msg' && config.token === 'req.headers.authorization'
    const token = (isHeader ? /^bearer +(\S+)$/i : /^(\S+)$/).exec(typeof given === 'string' ? given : '')?.[1]
    if (token !== undefined) return token
    const where = isHeader ? 'in the header Authorization as Bearer …' : `from ${config.tokenType} ${config.token}`
    throw new Refusal(401, 'UNAUTHORIZED', `a token is required, ${where}`)
}

/** Whether a command is what an order asks for: it may be an earlier one with the same idempotency key. */
const isSame = (given: Order, { device, component, command, params }: Order): boolean =>
    isDeepStrictEqual([given.device, given.component, given.command, given.params], [device, component, command, params])

const unknownCommand = (id: string) =>
    new Refusal(404, 'UNKNOWN_COMMAND', `there is no command ${id}; those that have ended are kept for 30 days`)

const unknownDevice = ({ account, device }: Order): Refusal => {
    const place = account === '' ? 'without an account' : `of the account ${account}`
    return new Refusal(404, 'UNKNOWN_DEVICE', `no device ${device} ${place} has ever connected to the endpoint`)
}

/** The command once it has ended, or as it is when the wait is over or the caller has gone. */
async function waited(
    { closed }: Context,
    commands: Commands,
    { msg, id, wait }: { msg: NodeMessage; id: string; wait: number },
): Promise<Command> {
    const gone = new AbortController()
    // With a reason, as one that is made up costs much, and not after the answer: then nobody waits any more.
    onRequestOver(msg, (isDone) => isDone || gone.abort('the caller has gone'))
    const command = await commands.outcome(id, wait * 1000, AbortSignal.any([closed, gone.signal]))
    if (!command) throw unknownCommand(id)
    return command
}

function tell(msg: NodeMessage & { res?: unknown }, send: Send, command: Command): void {
    const refusal = refusalOf(command)
    if (refusal) throw refusal
    const view = viewOf(command)
    // The answer of the REST service is the command alone.
    const told = answer(msg, msg.res ? { command: view } : { command: view, id: command.id })
    send(command.ending ? told : Object.assign(told, { statusCode: 202 }))
}

export default defineNode('device-command', DeviceCommandConfig, setup)
