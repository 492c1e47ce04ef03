/** What the dialogs of this pack look like, in the colours of whatever theme the editor has. */
const css = `
.socketworks-dialog .form-row { display: flex; align-items: center; min-height: 34px; }
.socketworks-dialog .form-row > label { flex: 0 0 150px; display: flex; align-items: baseline; gap: 4px; width: auto; margin: 0 10px 0 0; }
.socketworks-dialog .form-row > label > i { flex: none; width: 16px; text-align: center; }
.socketworks-dialog .form-row > input[type="text"], .socketworks-dialog .form-row > input[type="password"],
.socketworks-dialog .form-row > select { flex: 1 1 0; width: auto; min-width: 0; }
.socketworks-dialog .form-row > div, .socketworks-dialog .form-row > .red-ui-typedInput-container { flex: 1 1 0; min-width: 0; width: auto !important; }
.socketworks-dialog .form-row > input.socketworks-short { flex: 0 0 100px; }
.socketworks-dialog .form-row > select.socketworks-unit { flex: 0 0 80px; margin-left: 8px; }
.socketworks-dialog .form-row > select.socketworks-source { flex: 0 0 105px; margin-right: 8px; }
.socketworks-dialog .form-row > input[type="checkbox"] { flex: none; width: auto; margin: 0; }
.socketworks-dialog span.socketworks-unit { margin-left: 8px; color: var(--red-ui-secondary-text-color); }
.socketworks-dialog .socketworks-hint { width: 0; min-width: calc(100% - 160px); margin: -6px 0 12px 160px; color: var(--red-ui-secondary-text-color); font-size: 0.9em; }
.socketworks-dialog details { margin-top: 16px; border-top: 1px solid var(--red-ui-secondary-border-color); padding-top: 10px; }
.socketworks-dialog summary { cursor: pointer; margin-bottom: 12px; color: var(--red-ui-primary-text-color); }
`

// The plugin may come a second time, into an editor that was open while the pack was installed.
if (!document.getElementById('socketworks-style')) $('<style id="socketworks-style">').text(css).appendTo('head')
