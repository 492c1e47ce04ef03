/** A row of a live view: a device's id, and its columns. Columns are plain JSON. */
export interface Row {
    id: string
    /** Property names are the devices' own: never merged into another object but by {@link put}. */
    columns: Record<string, unknown>
}

/**
 * What a viewer is told. Sequence numbers rise by one within an epoch; a gap or another epoch means: ask for a snapshot.
 *
 * A snapshot with `recovered` has no rows and answers a viewer that has come back: what it has still stands, it counts on from that `seq`,
 * and what it missed follows. One that did not keep up is shown a snapshot with all rows.
 */
export type ViewEvent =
    | { kind: 'snapshot'; epoch: string; seq: number; rows: Row[]; total: number; recovered: boolean; columns: string[] }
    /** A row appeared or changed: `patch` holds only what changed, or all of it when the row is new; `index` its place in the window if that is new. */
    | { kind: 'upsert'; seq: number; id: string; patch: Record<string, unknown>; index?: number; isNew: boolean }
    | { kind: 'remove'; seq: number; id: string; why: 'left' | 'deleted' }
    /** Out of its place, and then in before what is at `index`. */
    | { kind: 'move'; seq: number; id: string; index: number }
    | { kind: 'count'; seq: number; total: number }
    | { kind: 'columns'; seq: number; columns: string[] }

/** What a viewer of the subprotocol `socketworks.view.1` asks for; all else it says is refused. */
export type ViewRequest =
    /** Show me this: answered by a snapshot. Without a limit, all of it. */
    | ({ type: 'view' } & ViewQuery)
    /** I am back, or have missed something: answered by what I have not seen, or by a snapshot of the view that is repeated here. */
    | ({ type: 'resume'; epoch: string; seq: number } & ViewQuery)
    | { type: 'history'; id: string; property: string; seconds: number }
    /** Are you there? Answered at once. */
    | { type: 'ping' }
    /** Remote control; `request` is the viewer's own name for it, repeated in each answer. */
    | { type: 'set'; id: string; property: string; value: unknown; request: string }

export interface ViewQuery {
    filter: { property: string; op: string; value: string }[]
    sort: { property: string; direction: 'asc' | 'desc'; as: 'auto' | 'text' | 'number' | 'date' }[]
    offset: number
    limit?: number
}

/** What a viewer is told about what it asked for, outside of the sequence of its view. */
export type ViewAnswer =
    | { kind: 'history'; id: string; property: string; points: { at: number; value: number }[] }
    | { kind: 'set'; request: string; state: 'pending' | 'confirmed' | 'failed'; message?: string }
    | { kind: 'pong' }
    /** How many devices were refused because nobody knows them; told when it begins if there are any, and when it is another number. */
    | { kind: 'unregistered'; devices: number }
    /** What it said was wrong. */
    | { kind: 'refused'; code: string; message: string }
