// The settings of the Node-RED that `npm start` opens. Its user directory is .node-red/ in the repository.
const { randomBytes } = require('node:crypto')
const { readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const express = require('express')
const { events } = require('@node-red/util')

const userDir = join(__dirname, '../.node-red')
const parseJson = express.json({ limit: '5mb' })

module.exports = {
    userDir,
    flowFile: 'flows.json',
    flowFilePretty: true,
    uiHost: process.env.HOST || '127.0.0.1',
    uiPort: Number(process.env.PORT || 1880),
    credentialSecret: secret(join(userDir, 'credential-secret')),
    // With both at /, a body comes to the editor's API first.
    httpAdminMiddleware: jsonBody,
    httpNodeMiddleware: jsonBody,
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, projects: { enabled: false } },
    logging: { console: { level: process.env.LOG_LEVEL || 'info', metrics: false, audit: false } },
}

// scripts/start.ts waits for this one, and Node-RED shall not outlive it.
events.on('flows:started', () => setImmediate(() => process.send?.('started')))
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))

/** Node-RED would answer a broken body with a page of HTML that shows its stack; a body that was parsed here it leaves alone. */
function jsonBody(req, res, next) {
    parseJson(req, res, (error) => {
        if (!error) return next()
        const message = error.type === 'entity.parse.failed' ? `the body is not JSON: ${error.message}` : error.message
        res.status(error.status || 400).json({ message })
    })
}

/** Made once, so that credentials entered in the editor can be read after the next start. */
function secret(file) {
    try {
        return readFileSync(file, 'utf8')
    } catch {
        const made = randomBytes(32).toString('hex')
        writeFileSync(file, made, { mode: 0o600 })
        return made
    }
}
