// Keys and tokens for trying the actuation gateway: who has the private key can make himself whoever he wants.
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { importPKCS8, SignJWT } from 'jose'

/** Who a token is for. */
interface Bearer {
    sub: string
    account: string
    /** In the account: that of devices is `device`. */
    role: string
}

/** Makes a token for a device or a caller, with a key that is made along with the first. @returns the token */
export async function makeToken(folder: string, { sub, account, role }: Bearer, days = 365): Promise<string> {
    const file = join(folder, 'private.pem')
    if (!existsSync(file)) makeKeys(folder)
    const key = await importPKCS8(readFileSync(file, 'utf8'), 'RS256')
    const claims = { sub, accounts: [{ id: account, role }], jti: `${sub}-${Date.now()}` }
    return await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).setIssuedAt().setExpirationTime(`${days}d`).sign(key)
}

function makeKeys(folder: string): void {
    mkdirSync(folder, { recursive: true })
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    writeFileSync(join(folder, 'public.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
    writeFileSync(join(folder, 'private.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
}

/** Makes tokens of the account `demo` for those of whom there is no file yet. */
export async function keepTokens(folder: string, bearers: readonly Omit<Bearer, 'account'>[]): Promise<void> {
    for (const bearer of bearers) {
        const file = join(folder, `${bearer.sub}.token`)
        if (!existsSync(file)) writeFileSync(file, await makeToken(folder, { ...bearer, account: 'demo' }), { mode: 0o600 })
    }
}
