/** A row of a live view: a device's id, and its columns. Columns are plain JSON. */
export interface Row {
    id: string
    /** Property names are the devices' own: made with Object.create(null), never merged into another object. */
    columns: Record<string, unknown>
}

/** What a viewer is told. Sequence numbers rise by one within an epoch; a gap or another epoch means: ask for a snapshot. */
export type ViewEvent =
    | { kind: 'snapshot'; epoch: string; seq: number; rows: Row[]; total: number; recovered: boolean; columns: string[] }
    /** A row appeared or changed: `patch` holds only what changed, or all of it when the row is new; `index` its place in the window if that is new. */
    | { kind: 'upsert'; seq: number; id: string; patch: Record<string, unknown>; index?: number; isNew: boolean }
    | { kind: 'remove'; seq: number; id: string; why: 'left' | 'deleted' }
    | { kind: 'move'; seq: number; id: string; index: number }
    | { kind: 'count'; seq: number; total: number }
    | { kind: 'columns'; seq: number; columns: string[] }
