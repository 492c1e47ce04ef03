// What failed, once more and cut short, as the end of the output of `npm test`: often nothing but the end of a log is kept.

/** One failed test or hook, as scripts/reporter.mjs writes it down. */
export interface Failed {
    file: string
    title: string
    message: string
    stack: string[]
}

/** The longest message is a log of Node-RED, which is in the output above. */
const messageLines = 8
const stackLines = 3
const lineLength = 300
/** With more failures than this, each gets a single line of its message. */
const few = 12

/** @param where what sets this run of the file apart, such as `SOCKETWORKS_TEST_STORE=postgres ` */
export function describeFailed({ file, title, message, stack }: Failed, where = ''): string {
    return [
        `${where}${file}: ${title}`,
        ...indented(firstLines(message)),
        ...indented(stack.filter((line) => !isForeign(line)).slice(0, stackLines)),
    ].join('\n')
}

/** What is printed of a list of failures, each of which may have several lines, the first saying what failed. */
export function listOfFailures(failures: string[]): string {
    const lines = failures.length > few ? 2 : Number.POSITIVE_INFINITY
    return failures.map((failure) => `FAILED: ${failure.split('\n').slice(0, lines).join('\n')}\n`).join('')
}

/** The last lines of what a program has written, for one that failed outside of any test. */
export function lastLines(output: string): string {
    const lines = output.split('\n').filter((line) => line.trim() && !isForeign(line))
    return indented(lines.slice(-messageLines)).join('\n')
}

/** Whether it is a line of a stack that leads through Node.js or a package. */
const isForeign = (line: string): boolean => /^\s*at .*(node:|node_modules)/.test(line)

function firstLines(message: string): string[] {
    const lines = message.split('\n').filter((line) => line.trim())
    return lines.length > messageLines ? [...lines.slice(0, messageLines), '…'] : lines
}

const indented = (lines: string[]): string[] => lines.map((line) => `    ${line.slice(0, lineLength)}`)
