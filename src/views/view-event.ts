/** A row of a live view: the id of a device and its columns, as JSON. */
export interface ViewRow {
    id: string
    /** Devices choose the names: set them in other objects by {@link put} only. */
    columns: Record<string, unknown>
}

/**
 * What a viewer is told of its view. Sequence numbers rise by one within an epoch; after a gap, it has to ask for what it has missed.
 *
 * A snapshot with `recovered` has no rows and is sent to a viewer that has come back: the rows it has are still valid as of `seq`, and what it
 * has missed follows. A viewer that does not keep up is sent a snapshot with all rows.
 */
export type ViewEvent =
    | { kind: 'snapshot'; epoch: string; seq: number; rows: ViewRow[]; total: number; recovered: boolean; columns: string[] }
    /** A row appeared or changed: `patch` holds only what changed, or all of it when the row is new; `index` its place in the window if that is new. */
    | { kind: 'upsert'; seq: number; id: string; patch: Record<string, unknown>; index?: number; isNew: boolean }
    | { kind: 'remove'; seq: number; id: string; why: 'left' | 'deleted' }
    /** The row is taken out of its place, and then put in at `index`. */
    | { kind: 'move'; seq: number; id: string; index: number }
    | { kind: 'count'; seq: number; total: number }
    | { kind: 'columns'; seq: number; columns: string[] }

/** What a viewer of the subprotocol `socketworks.view.1` may send. */
export type ViewRequest =
    /** Begins a view: answered by a snapshot. Without a limit, of all rows. */
    | ({ type: 'view' } & ViewQuery)
    /** Continues a view after `seq`: answered by what followed, or by a snapshot. */
    | ({ type: 'resume'; epoch: string; seq: number } & ViewQuery)
    | { type: 'history'; id: string; property: string; seconds: number }
    /** A liveness check, answered at once. */
    | { type: 'ping' }
    /** Sets a property of a device; `request` is the viewer's name for this, repeated in each answer. */
    | { type: 'set'; id: string; property: string; value: unknown; request: string }

export interface ViewQuery {
    filter: { property: string; op: string; value: string }[]
    sort: { property: string; direction: 'asc' | 'desc'; as: 'auto' | 'text' | 'number' | 'date' }[]
    offset: number
    limit?: number
}

/** What a viewer is told outside of the sequence of its view. */
export type ViewAnswer =
    | { kind: 'history'; id: string; property: string; points: { at: number; value: number }[] }
    | { kind: 'set'; request: string; state: 'pending' | 'confirmed' | 'failed'; message?: string }
    | { kind: 'pong' }
    /** The number of unknown devices that were refused; sent when it changes, and with the first view unless it is 0. */
    | { kind: 'unregistered'; devices: number }
    /** A request was refused. */
    | { kind: 'refused'; code: string; message: string }
