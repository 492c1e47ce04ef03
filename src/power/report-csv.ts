import type { EnergyReport, ReportGroup } from './energy-figures.ts'

const figures = ['kWh', 'cost', 'minW', 'meanW', 'maxW']
const percentiles = ['p5W', 'p50W', 'p95W']
const last = ['secondsOn', 'secondsKnown', 'quality']
const keys = { socket: ['socket'], instance: ['instanceId', 'owner', 'socket'], owner: ['owner', 'instances'] }

/** A report as CSV (RFC 4180): a line per bucket, per group, or per group and bucket. What is not known is blank. */
export function reportCsv(report: EnergyReport): string {
    const { by, buckets, groups = [], from, to } = report
    const isBySocket = by === 'socket'
    const lines: readonly object[] =
        buckets && isBySocket
            ? groups.flatMap((group) => (group.buckets ?? []).map((bucket) => ({ ...bucket, socket: group.socket })))
            : (buckets ?? (by ? groups.map((group) => timed(group, report)) : [{ from, to, ...report.total }]))
    const own = by && (!buckets || isBySocket) ? keys[by] : []
    const withPercentiles = !buckets && (!by || isBySocket) ? percentiles : []
    const columns = ['from', 'to', ...own, ...figures, ...withPercentiles, ...last]
    return [columns, ...lines.map((line) => columns.map((name) => cell((line as Record<string, unknown>)[name])))]
        .map((cells) => `${cells.join(',')}\r\n`)
        .join('')
}

/** A group that has no time of its own has that of the report. */
const timed = (group: ReportGroup, { from, to }: EnergyReport) => ({ from, to, ...group })

/** A program that opens it must not take a name for a formula. */
function cell(value: unknown): string {
    if (value === null || value === undefined) return ''
    if (typeof value === 'number') return String(value)
    const text = String(value).replace(/^(?=\s*[=+\-@＝＋－＠])/, "'")
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
